package main

import (
	"slices"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/session"
)

// The rule that the product is held to, said a second time and with nothing of the
// product: where somebody stands, what a step makes of that, and what then lives.

// The accounts of a row.
const (
	office = "office" // where people are, unless they are free
	rival  = "rival"  // which claims the domain of their addresses
	team   = "team"   // which invites them
)

// state is where everybody of a row stands.
type state struct {
	home      string            // whose member they are; "" for free people
	office    chime.AccountType // of the office; the rival is EnterpriseLWA, the team a Team
	gone      bool              // the office is deleted
	purged    bool              // for good
	suspended bool
	unknown   bool   // nobody of them ever signed in
	claim     string // whose the domain of their addresses is; "" for nobody's
	claims    int    // how often the domain changed hands
	epoch     int    // how often they were signed out everywhere
	identity  int    // how often what proves who they are was voided
	ended     bool   // the session that they had in the beginning is over by itself
	invited   int    // which invitation of the team's stands; 0 for none
	invites   int    // how many there were
	method    chime.Method
}

// The states that rows begin with.
func bases() map[string]state {
	begun := state{method: chime.ByMail, invited: 1, invites: 1}
	unregistered, free, inTeam, inLWA, inOIDC := begun, begun, begun, begun, begun
	unregistered.office, unregistered.unknown, unregistered.ended = chime.Team, true, true
	free.office = chime.Team
	inTeam.home, inTeam.office = office, chime.Team
	inLWA.home, inLWA.office, inLWA.claim = office, chime.EnterpriseLWA, office
	inOIDC.home, inOIDC.office, inOIDC.claim, inOIDC.method = office, chime.EnterpriseOIDC, office, chime.ByProvider
	return map[string]state{"unregistered": unregistered, "free": free, "Team": inTeam, "EnterpriseLWA": inLWA, "EnterpriseOIDC": inOIDC}
}

// kind is the type of an account; free people are as those of a Team.
func (s state) kind(account string) chime.AccountType {
	switch account {
	case office:
		return s.office
	case rival:
		return chime.EnterpriseLWA
	}
	return chime.Team
}

// reachable reports whether administrators reach the people in an account.
func (s state) reachable() bool { return s.home != "" && (s.home != office || !s.gone) }

// allowed reports whether an account's people may sign in by the method.
func (s state) allowed(account string, method chime.Method) bool {
	return (s.kind(account) == chime.EnterpriseOIDC) == (method == chime.ByProvider)
}

// strays reports whether they belong to another account than that of their domain.
func (s state) strays() bool { return s.claim != "" && s.claim != s.home }

// authority is the account that says which methods count.
func (s state) authority() string {
	if s.claim != "" {
		return s.claim
	}
	return s.home
}

// proves reports whether something that says who they are signs them in by itself.
func (s state) proves(method chime.Method) bool {
	return s.allowed(s.authority(), method) && !s.strays() && !s.suspended && !s.unknown
}

// signsIn reports whether they can sign in anew, by a mailed code.
func (s state) signsIn() bool {
	return s.allowed(s.authority(), chime.ByMail) && (s.strays() || !s.suspended)
}

// acceptable reports whether they can accept an invitation of the team.
func (s state) acceptable() bool {
	return s.claim == "" && !s.suspended && s.kind(s.home) == chime.Team && s.home != team
}

// The kinds beside those of session.Kinds.
const (
	passkeyKind    session.Kind = "Passkey"
	linkKind       session.Kind = "Link"
	invitationKind session.Kind = "Invitation"
)

// lives is the rule: whether what was issued in one state works in a later one.
func lives(kind session.Kind, issued, now state) bool {
	sameEpoch, sameIdentity := issued.epoch == now.epoch, issued.identity == now.identity
	switch kind {
	case session.SessionCookie, session.AuthorizationCode, session.AccessToken, session.RefreshToken:
		return sameEpoch && !now.ended && !now.suspended && now.allowed(now.home, issued.method)
	case session.AdministratorKey, session.CommandLineCode, session.CommandLine:
		return lives(session.SessionCookie, issued, now) && issued.home == now.home // a role is of one membership
	case session.MailedCode:
		return sameEpoch && issued.unknown == now.unknown && now.signsIn() && (!now.strays() || issued.claims == now.claims)
	case session.LoginInProgress: // in which a passkey was presented, or the code of somebody new
		if issued.unknown {
			return lives(session.MailedCode, issued, now)
		}
		return sameEpoch && sameIdentity && now.proves(chime.ByPasskey)
	case passkeyKind:
		return sameIdentity && now.proves(chime.ByPasskey)
	case linkKind:
		method := chime.ByAmazon
		if issued.method == chime.ByProvider {
			method = chime.ByProvider
		}
		return sameIdentity && now.proves(method)
	case invitationKind:
		return issued.invited == now.invited && now.acceptable()
	}
	return false
}

// possible reports whether there can be such a thing in the state.
func possible(kind session.Kind, s state) bool {
	switch kind {
	case session.MailedCode:
		return s.signsIn()
	case session.LoginInProgress:
		return s.unknown && s.signsIn() || s.proves(chime.ByPasskey)
	case passkeyKind:
		return s.proves(chime.ByPasskey)
	case invitationKind:
		return true
	case session.AdministratorKey, session.CommandLineCode, session.CommandLine:
		return s.home != ""
	}
	return !s.unknown
}

// What steps do to people.

func (s *state) signedOut() { s.epoch++ }

func (s *state) suspend() {
	switch {
	case s.suspended:
	case s.kind(s.home) == chime.Team:
		s.home = "" // and they go on as free people
	default:
		s.suspended = true
		s.signedOut()
	}
}

// imported is suspend by an import, which also signs out those whom a Team lets go.
func (s *state) imported() {
	if !s.suspended {
		s.signedOut()
	}
	if s.suspended = s.suspended || s.kind(s.home) != chime.Team; !s.suspended {
		s.home = ""
	}
}

func (s *state) moved(to string) {
	s.signedOut()
	s.home, s.unknown = to, false
	if to == team {
		s.invited = 0
	}
}

func (s *state) accepted() {
	if s.home != "" {
		s.signedOut()
	}
	s.home, s.invited, s.unknown = team, 0, false
}

func (s *state) released() {
	s.office, s.claim = chime.Team, ""
	if s.home == office && !s.suspended {
		s.home = ""
		s.signedOut()
		s.identity++
	}
}

// freed is what becomes of people when the office is purged, who were in it still.
func (s *state) freed() {
	s.purged = true
	if s.home == office {
		s.home, s.suspended = "", false
		s.signedOut()
		s.identity++
	}
}

func (s *state) claimed(by string) {
	s.claim = by
	s.claims++
	if by == office {
		s.office = chime.EnterpriseLWA
	}
}

func (s *state) signedInAnew() {
	s.unknown = false
	if s.strays() {
		s.home, s.suspended = s.claim, false
		s.signedOut()
		s.identity++
	}
}

func (s *state) invitedAgain() {
	s.invites++
	s.invited = s.invites
}

// plannedRow is a row of the grid: people in a state, and what then happens to them.
type plannedRow struct {
	base  string
	steps []step
}

// rows are those of the grid: every step in every state, each pair of steps, three
// where the first two let go of people or of their domain, and what comes after the
// end of the office.
func rows() (list []plannedRow) {
	for _, base := range []string{"EnterpriseLWA", "Team", "EnterpriseOIDC", "free", "unregistered"} {
		list = append(list, follow(bases()[base], plannedRow{base: base})...)
	}
	return list
}

// follow returns the row, and all that go on from it.
func follow(s state, r plannedRow) []plannedRow {
	list := []plannedRow{r}
	ended := len(r.steps) > 0 && r.steps[len(r.steps)-1].ends
	if len(r.steps) > 3 || len(r.steps) > 1 && !ended && (len(r.steps) > 2 || !r.steps[0].lets || !r.steps[1].lets) {
		return list
	}
	for _, next := range steps() {
		if next.possible(s) {
			after := s
			next.effect(&after)
			list = append(list, follow(after, plannedRow{r.base, append(slices.Clip(r.steps), next)})...)
		}
	}
	return list
}

// end is the state after the row.
func (r plannedRow) end() state {
	s := bases()[r.base]
	for _, step := range r.steps {
		step.effect(&s)
	}
	return s
}

func (r plannedRow) String() string {
	name := r.base
	for _, step := range r.steps {
		name += ", " + step.name
	}
	return name
}
