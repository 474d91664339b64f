package iam

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Conditions are the facts of a request that conditions of a policy may ask for.
// A zero field is an absent key.
type Conditions struct {
	SourceIP        netip.Addr // aws:SourceIp
	Time            time.Time  // aws:CurrentTime and aws:EpochTime, to the second
	SecureTransport bool       // aws:SecureTransport, always present
	UserAgent       string     // aws:UserAgent
}

// The condition keys in lower case: case makes no difference to them. Any other
// key is absent from every request; so is aws:MultiFactorAuthPresent, as AWS has
// it for long-term keys.
const (
	keySourceIP         = "aws:sourceip"
	keyCurrentTime      = "aws:currenttime"
	keyEpochTime        = "aws:epochtime"
	keySecureTransport  = "aws:securetransport"
	keyUserAgent        = "aws:useragent"
	keyPrincipalARN     = "aws:principalarn"
	keyPrincipalAccount = "aws:principalaccount"
	keyPrincipalType    = "aws:principaltype"
	keyUsername         = "aws:username"
	keyUserID           = "aws:userid"
	keyMFAPresent       = "aws:multifactorauthpresent"
)

// keyFamilies returns the families of operators that make sense for a key that
// is known; false for one that is not.
func keyFamilies(key string) ([]family, bool) {
	switch key {
	case keySourceIP:
		return []family{familyIP}, true
	case keyCurrentTime:
		return []family{familyDate}, true
	case keyEpochTime:
		return []family{familyDate, familyNumeric}, true
	case keySecureTransport, keyMFAPresent:
		return []family{familyBool, familyString}, true
	case keyPrincipalARN:
		return []family{familyARN, familyString}, true
	case keyUserAgent, keyPrincipalAccount, keyPrincipalType, keyUsername, keyUserID:
		return []family{familyString}, true
	default:
		return nil, false
	}
}

// request is one question to the policies of a user.
type request struct {
	names    []string // the action's names, lower case: its own and its alias
	resource string
	caller   *Caller
	facts    Conditions
	values   map[string]string // made when the first condition asks
}

func (r *request) conditionValues() map[string]string {
	if r.values != nil {
		return r.values
	}
	r.values = map[string]string{
		keySecureTransport:  strconv.FormatBool(r.facts.SecureTransport),
		keyPrincipalARN:     r.caller.ARN,
		keyPrincipalAccount: string(r.caller.Tenant),
		keyPrincipalType:    "User",
		keyUsername:         r.caller.Name,
		keyUserID:           r.caller.PrincipalID,
	}
	if r.caller.Session != nil { // as AWS has it for the session of a role
		r.values[keyPrincipalType] = "AssumedRole"
		delete(r.values, keyUsername)
	}
	if r.facts.SourceIP.IsValid() {
		r.values[keySourceIP] = r.facts.SourceIP.Unmap().WithZone("").String()
	}
	if !r.facts.Time.IsZero() {
		r.values[keyCurrentTime] = r.facts.Time.UTC().Format(time.RFC3339)
		r.values[keyEpochTime] = strconv.FormatInt(r.facts.Time.Unix(), 10)
	}
	if r.facts.UserAgent != "" {
		r.values[keyUserAgent] = r.facts.UserAgent
	}
	return r.values
}

// covers reports whether the statement is about the request.
func (s *statement) covers(r *request) bool {
	if !s.about(r.names) {
		return false
	}
	covered := false
	for _, p := range s.resources {
		if covered = p.matches(r.resource); covered {
			break
		}
	}
	if !covered {
		return false
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(r.conditionValues()) {
			return false
		}
	}
	return true
}

// about reports whether the statement is about the action of these names. What
// administers Carillon itself is allowed only by an action that is spelled "iam:...":
// neither "*" nor a NotAction ever meant it.
func (s *statement) about(names []string) bool {
	if !s.deny && s.notAction && strings.HasPrefix(names[0], iamPrefix) {
		return false
	}
	return s.names(names) != s.notAction
}

// names reports whether one of the statement's actions is one of the names. What "*"
// allows is every action of chime, and what it denies is every action.
func (s *statement) names(names []string) bool {
	for _, action := range s.actions {
		for _, name := range names {
			if action == "*" && (s.deny || strings.HasPrefix(name, chimePrefix)) || action != "*" && wildcard(action, name) {
				return true
			}
		}
	}
	return false
}
