// Reads one JSON object a line ({"expression": ..., "assertion": {...}, "attribute": {...}, "google": {...}}) and prints what
// cel-go makes of it: "value JSON", "error" where the evaluation fails, or "refused" where it does not compile.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"

	"cel.dev/cel-go/cel"
	"google.golang.org/protobuf/types/known/structpb"
)

type question struct {
	Expression string         `json:"expression"`
	Assertion  map[string]any `json:"assertion"`
	Attribute  map[string]any `json:"attribute"`
	Google     map[string]any `json:"google"`
}

func whole(value any) any {
	switch typed := value.(type) {
	case float64:
		if typed == float64(int64(typed)) {
			return int64(typed)
		}
	case []any:
		for i := range typed {
			typed[i] = whole(typed[i])
		}
	case map[string]any:
		for key := range typed {
			typed[key] = whole(typed[key])
		}
	}
	return value
}

func answer(env *cel.Env, asked question) string {
	ast, issues := env.Compile(asked.Expression)
	if issues != nil && issues.Err() != nil {
		return "refused"
	}
	program, err := env.Program(ast)
	if err != nil {
		return "refused"
	}
	input := map[string]any{"assertion": whole(asked.Assertion), "attribute": asked.Attribute, "google": asked.Google}
	result, _, err := program.Eval(input)
	if err != nil {
		return "error"
	}
	native, err := result.ConvertToNative(reflect.TypeOf(&structpb.Value{}))
	if err != nil {
		return "error"
	}
	encoded, err := json.Marshal(native.(*structpb.Value).AsInterface())
	if err != nil {
		return "error"
	}
	return "value " + string(encoded)
}

func main() {
	env, err := cel.NewEnv(
		cel.Variable("assertion", cel.DynType),
		cel.Variable("attribute", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("google", cel.MapType(cel.StringType, cel.DynType)),
	)
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		fmt.Println(answer(env, asked))
	}
}
