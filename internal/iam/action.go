package iam

import (
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

const (
	chimePrefix = "chime:"
	iamPrefix   = "iam:"
	// everyAction is the pattern of all actions.
	everyAction = "*"
)

// actionSet is what a statement says of actions: patterns in lower case. It holds
// an action of which one name matches include and none matches exclude.
type actionSet struct{ include, exclude []string }

func (s actionSet) holds(names []string) bool {
	return matchesAny(s.include, names) && !matchesAny(s.exclude, names)
}

func matchesAny(patterns, names []string) bool {
	for _, pattern := range patterns {
		for _, name := range names {
			if wildcard(pattern, name) {
				return true
			}
		}
	}
	return false
}

// leaveAdministration makes "*" the actions of chime alone: who may administer
// principals is told so by the name of the service ("iam:*"), not by the way.
func (s *actionSet) leaveAdministration() {
	for i, pattern := range s.include {
		if pattern == everyAction {
			s.include[i] = chimePrefix + "*"
		}
	}
}

// aliases are the pairs of names that one action has: that of the API operation
// and that by which the console asked for the same. AWS evaluated them apart, so
// that a policy that denied one left the other path open.
func aliases() [][2]string {
	return [][2]string{
		{"BatchSuspendUser", "SuspendUsers"},
		{"BatchUnsuspendUser", "ActivateUsers"},
		{"BatchUpdateUser", "UpdateUserLicenses"},
		{"UpdateAccount", "RenameAccount"},
	}
}

// actionNames returns the action by the name of its API operation, and all its
// names in lower case.
func actionNames(action string) (canonical string, names []string) {
	for _, pair := range aliases() {
		operation, alias := chimePrefix+pair[0], chimePrefix+pair[1]
		if strings.EqualFold(action, operation) || strings.EqualFold(action, alias) {
			return operation, []string{strings.ToLower(operation), strings.ToLower(alias)}
		}
	}
	return action, []string{strings.ToLower(action)}
}

// AnyResource is the resource of operations that concern no one account:
// CreateAccount and ListAccounts.
const AnyResource = "*"

// AccountARN returns the resource of the operations on an account. The id stands
// in it as it is.
func AccountARN(tenant chime.TenantID, account chime.AccountID) string {
	return "arn:aws:chime::" + string(tenant) + ":account/" + string(account)
}

// within reports whether the resource may belong to the tenant: it is no one
// account's, or the tenant's.
func within(resource string, tenant chime.TenantID) bool {
	if resource == AnyResource {
		return true
	}
	parts := newARNPattern(resource)
	return len(parts) == arnParts && parts[4] == string(tenant)
}
