package iam

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/carillon-id/carillon/internal/chime"
)

// Policy sizes, as AWS has them for a managed policy (IAM and STS quotas).
const (
	// MaxPolicySize is the most characters of a document, white space not counted.
	MaxPolicySize = 6144
	// maxPolicyBytes bounds a document with its white space, as the parameter
	// policyDocument of the IAM API does.
	maxPolicyBytes = 131072
)

// Policy is a policy document that was read and found to be understood whole.
type Policy struct {
	statements []statement
}

type statement struct {
	sid        string
	number     int // from 1, in the document
	deny       bool
	actions    actionSet
	resources  []arnPattern
	conditions []condition
}

// ParsePolicy reads an identity-based policy document of AWS IAM.
//
// It understands Version, Statement, Sid, Effect, Action, NotAction, Resource and
// Condition, and refuses everything else with a BadRequest that names the
// statement, the element and what to do: a policy that is accepted means what
// it says. Actions of services other than chime and iam are accepted and never
// match.
func ParsePolicy(document string) (*Policy, error) {
	if err := checkText(document); err != nil {
		return nil, err
	}
	top, err := members("the policy", json.RawMessage(document))
	if err != nil {
		return nil, err
	}
	var policy *Policy
	for _, m := range top {
		switch m.name {
		case "Version":
			err = checkVersion(m.value)
		case "Statement":
			policy, err = parseStatements(m.value)
		case "Id":
			err = refuse("Id belongs to resource-based policies: leave it out")
		default:
			err = refuse("the policy holds the unknown element %q: it takes Version and Statement", m.name)
		}
		if err != nil {
			return nil, err
		}
	}
	if policy == nil {
		return nil, refuse("the policy has no Statement")
	}
	return policy, nil
}

func refuse(format string, args ...any) error {
	e := chime.Errorf(chime.BadRequest, format, args...)
	e.Message = "policy document: " + e.Message
	return e
}

func checkText(document string) error {
	if len(document) > maxPolicyBytes || size(document) > MaxPolicySize {
		return refuse("it is longer than %d characters without white space: split it into several policies", MaxPolicySize)
	}
	if !utf8.ValidString(document) {
		return refuse("it is not valid UTF-8")
	}
	if err := json.Unmarshal([]byte(document), new(json.RawMessage)); err != nil {
		return refuse("it is not JSON: %v", err)
	}
	return nil
}

func size(document string) int {
	n := 0
	for _, r := range document {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

func checkVersion(raw json.RawMessage) error {
	if v, ok := text(raw); !ok || v != "2012-10-17" && v != "2008-10-17" {
		return refuse(`Version is %s: it must be "2012-10-17"`, raw)
	}
	return nil
}

func parseStatements(raw json.RawMessage) (*Policy, error) {
	var policy Policy
	for i, r := range oneOrMany(raw) {
		st, err := parseStatement(i+1, r)
		if err != nil {
			return nil, err
		}
		policy.statements = append(policy.statements, st)
	}
	if len(policy.statements) == 0 {
		return nil, refuse("Statement is empty: a policy needs at least one")
	}
	return &policy, nil
}

func parseStatement(number int, raw json.RawMessage) (statement, error) {
	p := statementParser{statement: statement{number: number}}
	elements, err := members(p.where(""), raw)
	if err != nil {
		return statement{}, err
	}
	for _, e := range elements {
		if err := p.element(e); err != nil {
			return statement{}, err
		}
	}
	return p.statement, p.complete(elements)
}

// statementParser collects the elements of one statement.
type statementParser struct {
	statement
}

// unsupported are the elements of AWS that Carillon does not evaluate.
func unsupported(element string) string {
	switch element {
	case "NotResource":
		return "list in Resource what the statement is about"
	case "Principal", "NotPrincipal":
		return "a policy applies to the principal that it is attached to; leave it out"
	default:
		return ""
	}
}

func (p *statementParser) element(m member) error {
	if advice := unsupported(m.name); advice != "" {
		return p.refuse(m.name, "is not supported: %s", advice)
	}
	switch m.name {
	case "Sid":
		return p.readSid(m.value)
	case "Effect":
		return p.effect(m.value)
	case "Action", "NotAction":
		return p.action(m)
	case "Resource":
		return p.resource(m.value)
	case "Condition":
		return p.condition(m.value)
	default:
		return p.refuse(m.name, "is unknown: a statement takes Sid, Effect, Action or NotAction, Resource and Condition")
	}
}

func (p *statementParser) readSid(raw json.RawMessage) error {
	var ok bool
	if p.sid, ok = text(raw); !ok {
		return p.refuse("Sid", "must be a string")
	}
	return nil
}

func (p *statementParser) effect(raw json.RawMessage) error {
	effect, _ := text(raw)
	if effect != "Allow" && effect != "Deny" {
		return p.refuse("Effect", `is %s: it must be "Allow" or "Deny"`, raw)
	}
	p.deny = effect == "Deny"
	return nil
}

// actionForm is a service and a name, in which alone wildcards may stand.
var actionForm = regexp.MustCompile(`^(\*|[A-Za-z0-9-]+:[A-Za-z0-9_*?-]+)$`)

func (p *statementParser) action(m member) error {
	if p.actions.include != nil {
		return p.refuse(m.name, "stands beside the other of Action and NotAction: a statement takes one of them")
	}
	var written []string
	for _, raw := range oneOrMany(m.value) {
		action, ok := text(raw)
		if !ok || !actionForm.MatchString(action) {
			return p.refuse(m.name, `holds %s: an action is "service:name", with wildcards only in the name, or "*"`, raw)
		}
		written = append(written, strings.ToLower(action))
	}
	if written == nil {
		return p.refuse(m.name, "is empty")
	}
	p.actions = actionSet{include: written}
	if m.name == "NotAction" {
		p.actions = actionSet{include: []string{everyAction}, exclude: written}
	}
	return nil
}

func (p *statementParser) resource(raw json.RawMessage) error {
	for _, r := range oneOrMany(raw) {
		resource, ok := text(r)
		switch {
		case !ok || !resourceForm.MatchString(resource):
			return p.refuse("Resource", `holds %s: a resource is "*" or an ARN such as "arn:aws:chime::111122223333:account/*"`, r)
		case hasVariable(resource):
			return p.refuse("Resource", "holds %s: policy variables are not supported; write the value out", r)
		}
		p.resources = append(p.resources, newARNPattern(resource))
	}
	if p.resources == nil {
		return p.refuse("Resource", "is empty")
	}
	return nil
}

func hasVariable(s string) bool { return strings.Contains(s, "${") }

func (p *statementParser) complete(elements []member) error {
	has := func(name string) bool {
		return slices.ContainsFunc(elements, func(m member) bool { return m.name == name })
	}
	switch {
	case !has("Effect"):
		return p.refuse("Effect", `is missing: it must be "Allow" or "Deny"`)
	case p.actions.include == nil:
		return p.refuse("Action", "is missing (and so is NotAction)")
	case p.resources == nil:
		return p.refuse("Resource", `is missing: write "*" for everything`)
	}
	if !p.deny {
		p.actions.leaveAdministration()
	}
	return nil
}

// where names the statement, or an element of it, for people.
func (p *statementParser) where(element string) string {
	return strings.TrimSpace("statement " + strconv.Itoa(p.number) + " " + element)
}

func (p *statementParser) refuse(element, format string, args ...any) error {
	return refuse("%s "+format, append([]any{p.where(element)}, args...)...)
}
