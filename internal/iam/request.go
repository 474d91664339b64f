package iam

import (
	"net/netip"
	"strconv"
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
	if !s.actions.holds(r.names) {
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
