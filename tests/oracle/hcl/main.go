// Program hcl reads lines of JSON strings (HCL 2 texts) and answers each with one line of JSON: what HashiCorp's own
// parser makes of it, for the comparison in test_hcl.py.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

type body struct {
	Attributes map[string]attribute `json:"attributes"`
	Blocks     []block              `json:"blocks"`
}

type attribute struct {
	Line  int             `json:"line"`
	Value json.RawMessage `json:"value"`
}

type block struct {
	Type   string   `json:"type"`
	Labels []string `json:"labels"`
	Line   int      `json:"line"`
	End    int      `json:"end"`
	Body   body     `json:"body"`
}

func read(from *hclsyntax.Body) body {
	made := body{Attributes: map[string]attribute{}, Blocks: []block{}}
	for name, found := range from.Attributes {
		made.Attributes[name] = attribute{found.NameRange.Start.Line, value(found.Expr)}
	}
	for _, found := range from.Blocks {
		labels := append([]string{}, found.Labels...)
		made.Blocks = append(made.Blocks, block{
			found.Type, labels, found.TypeRange.Start.Line, found.CloseBraceRange.End.Line, read(found.Body),
		})
	}
	return made
}

// value is the expression's value where it needs nothing from outside, else null.
func value(expression hclsyntax.Expression) json.RawMessage {
	found, problems := expression.Value(nil)
	if problems.HasErrors() || !found.IsWhollyKnown() {
		return json.RawMessage(`{"unknown": true}`)
	}
	text, err := ctyjson.SimpleJSONValue{Value: found}.MarshalJSON()
	if err != nil {
		return json.RawMessage(`{"unknown": true}`)
	}
	return text
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var text string
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			panic(err)
		}
		file, problems := hclsyntax.ParseConfig([]byte(text), "x", hcl.InitialPos)
		if problems.HasErrors() {
			_ = out.Encode(map[string]string{"error": problems.Error()})
			continue
		}
		_ = out.Encode(read(file.Body.(*hclsyntax.Body)))
	}
}
