// Reads a JSON question on standard input and answers it with Prometheus' own code: are these rules well formed, and what
// do these expressions give over these series?
//
//	{"rules": "groups: ...", "load": "load 1m\n  up 1x30\n", "minutes": 30, "queries": ["up"]}
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/promqltest"
)

type question struct {
	Rules   string   `json:"rules"`
	Load    string   `json:"load"`
	Minutes int      `json:"minutes"`
	Queries []string `json:"queries"`
}

type sample struct {
	Labels map[string]string `json:"labels"`
	Value  float64           `json:"value"`
}

type answer struct {
	Problems []string            `json:"problems"`
	Results  map[string][]sample `json:"results"`
}

// outside stands in for the test that Prometheus' storage wants to run in.
type outside struct{ testing.TB }

func (outside) Helper()                           {}
func (outside) Cleanup(func())                    {}
func (outside) Name() string                      { return "judge" }
func (outside) Log(...any)                        {}
func (outside) Logf(string, ...any)               {}
func (outside) Errorf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
func (outside) FailNow()                          { os.Exit(1) }
func (outside) Fatal(args ...any)                 { fmt.Fprintln(os.Stderr, args...); os.Exit(1) }
func (outside) Fatalf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}
func (outside) TempDir() string {
	folder, err := os.MkdirTemp("", "promql")
	if err != nil {
		panic(err)
	}
	return folder
}

func main() {
	var asked question
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	said := answer{Problems: []string{}, Results: map[string][]sample{}}
	if asked.Rules != "" {
		_, problems := rulefmt.Parse([]byte(asked.Rules), false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
		for _, problem := range problems {
			said.Problems = append(said.Problems, problem.Error())
		}
	}
	store := promqltest.LoadedStorage(outside{}, asked.Load)
	defer store.Close()
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: time.Minute, LookbackDelta: 5 * time.Minute})
	at := time.Unix(0, 0).Add(time.Duration(asked.Minutes) * time.Minute)
	for _, text := range asked.Queries {
		query, err := engine.NewInstantQuery(context.Background(), store, nil, text, at)
		if err != nil {
			said.Problems = append(said.Problems, text+": "+err.Error())
			continue
		}
		result := query.Exec(context.Background())
		vector, err := result.Vector()
		if err != nil {
			said.Problems = append(said.Problems, text+": "+err.Error())
			continue
		}
		found := []sample{}
		for _, each := range vector {
			found = append(found, sample{Labels: each.Metric.Map(), Value: each.F})
		}
		said.Results[text] = found
	}
	json.NewEncoder(os.Stdout).Encode(said)
}
