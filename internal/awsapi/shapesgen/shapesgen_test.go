package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func loadContract(t *testing.T) contract {
	t.Helper()
	raw, err := os.ReadFile("contract.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := parseContract(raw)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCommittedShapesAreUpToDate(t *testing.T) {
	want, err := generate(loadContract(t), served())
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../shapes_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("run go generate in internal/awsapi: shapes_gen.go differs (-want +got):\n%s", diff)
	}
}

func TestGenerateRefuses(t *testing.T) {
	structure := func(m member) contract {
		return contract{
			Operations: map[string]operation{"Op": {Input: "In"}},
			Shapes: map[string]shape{
				"In": {Type: "structure", Members: map[string]member{"M": m}}, "String": {Type: "string"},
				"List": {Type: "list", Item: "String"}, "Int": {Type: "integer"}, "Time": {Type: "timestamp"}, "Blob": {Type: "blob"},
			},
		}
	}
	tests := []struct {
		name, want string
		contract   contract
	}{
		{"an unknown operation", "no operation Op", contract{}},
		{"an unknown shape", "no shape Gone", structure(member{Shape: "Gone"})},
		{"an optional list", "In.M", structure(member{Shape: "List"})},
		{"an integer in the body", "In.M", structure(member{Shape: "Int"})},
		{"a timestamp in an input", "shape Time", structure(member{Shape: "Time"})},
		{"a type it does not know", "shape Blob", structure(member{Shape: "Blob"})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := generate(tt.contract, []string{"Op"})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one that names %q", err, tt.want)
			}
		})
	}
}

func TestGoName(t *testing.T) {
	for wire, want := range map[string]string{
		"AccountId":               "AccountID",
		"UserIdList":              "UserIDList",
		"AwsAccountId":            "AWSAccountID",
		"AlexaForBusinessRoomArn": "AlexaForBusinessRoomARN",
		"Idle":                    "Idle",
		"SMS":                     "SMS",
	} {
		if got := goName(wire); got != want {
			t.Errorf("goName(%q): got %q, want %q", wire, got, want)
		}
	}
}
