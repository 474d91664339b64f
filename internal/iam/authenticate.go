package iam

import (
	"context"
	"fmt"
	"sync"

	"github.com/carillon-id/carillon/internal/chime"
)

// Identity is what an access key id stands for, before anything proved that the
// request comes from who holds the key.
type Identity struct {
	// Secret is the secret access key that the signature must have been made with.
	Secret string
	Caller Caller
	// PrincipalDisabled says that the caller must be refused as Unauthorized, but
	// only once the signature was verified.
	PrincipalDisabled bool
	// Temporary says that the access key goes with the session token that it was
	// looked up by, and Expired that its time, or what it hangs on, is over: then
	// there is no Caller.
	Temporary, Expired bool
}

// TemporaryKeys finds the short-lived access key of an administrator by its id and
// session token; nil for one that was never issued.
type TemporaryKeys func(ctx context.Context, accessKeyID, sessionToken string) (*chime.TemporaryKey, error)

// Authenticator looks access keys up. It is safe for concurrent use.
type Authenticator struct {
	// Temporary finds the keys that come with a session token; nil knows none.
	Temporary TemporaryKeys

	store    chime.Store
	sealer   Sealer
	policies policyMemo
}

// NewAuthenticator returns an Authenticator over the store.
func NewAuthenticator(store chime.Store, sealer Sealer) *Authenticator {
	return &Authenticator{store: store, sealer: sealer}
}

// Lookup returns the identity of an access key id, and the session token that comes
// with it ("" for none), in one read; false for a key
// that is unknown or disabled. It takes about the same time either way. What the
// read returns counts at once: nothing is remembered from one call to the next
// but how the text of a policy parses.
func (a *Authenticator) Lookup(ctx context.Context, accessKeyID, sessionToken string) (Identity, bool, error) {
	if sessionToken != "" {
		return a.temporary(ctx, accessKeyID, sessionToken)
	}
	var key *chime.AccessKey
	var principal *chime.Principal
	err := a.store.Peek(ctx, func(tx chime.Tx) (err error) {
		key, principal, err = tx.KeyAndPrincipal(ctx, accessKeyID)
		return err
	})
	if err != nil {
		return Identity{}, false, fmt.Errorf("looking up access key: %w", err)
	}
	if key == nil || principal == nil || key.Disabled {
		a.sealer.Seal(make([]byte, secretLength), accessKeyID) // costs what opening a secret does
		return Identity{}, false, nil
	}
	secret, err := openSecret(a.sealer, *key)
	if err != nil {
		return Identity{}, false, err
	}
	return Identity{
		Secret:            secret,
		Caller:            NewCaller(*principal, key.ID, a.parse(principal.Policies)),
		PrincipalDisabled: principal.Disabled,
	}, true, nil
}

// temporary looks an administrator's access key up. Its policies are those that the
// role has now.
func (a *Authenticator) temporary(ctx context.Context, accessKeyID, sessionToken string) (Identity, bool, error) {
	if a.Temporary == nil {
		return Identity{}, false, nil
	}
	key, err := a.Temporary(ctx, accessKeyID, sessionToken)
	switch {
	case err != nil:
		return Identity{}, false, fmt.Errorf("looking up the access key of an administrator: %w", err)
	case key == nil:
		return Identity{}, false, nil
	case !key.Alive:
		return Identity{Secret: key.Secret, Temporary: true, Expired: true}, true, nil
	}
	return Identity{Secret: key.Secret, Temporary: true, Caller: administratorCaller(*key, a.parse(key.Role.Policies))}, true, nil
}

// parse returns the policies in their order, nil for one that cannot be read.
func (a *Authenticator) parse(attached []chime.PrincipalPolicy) []*Policy {
	policies := make([]*Policy, len(attached))
	for i, p := range attached {
		policies[i] = a.policies.parse(documentOf(p))
	}
	return policies
}

// documentOf returns the text of a policy, of a managed one too.
func documentOf(p chime.PrincipalPolicy) string {
	if managed, ok := ManagedPolicy(p.Name); ok && p.Document == "" {
		return managed.Document
	}
	return p.Document
}

// parseAll returns the policies in their order, nil for one that cannot be read.
func parseAll(attached []chime.PrincipalPolicy) []*Policy {
	var memo policyMemo
	policies := make([]*Policy, len(attached))
	for i, p := range attached {
		policies[i] = memo.parse(documentOf(p))
	}
	return policies
}

// policyMemo remembers how documents parse, by their whole text, so that it can
// never be out of date. It is bounded: when it is full it starts anew.
type policyMemo struct {
	mu     sync.Mutex
	parsed map[string]*Policy
}

const policyMemoSize = 256

func (m *policyMemo) parse(document string) *Policy {
	m.mu.Lock()
	defer m.mu.Unlock()
	if policy, ok := m.parsed[document]; ok {
		return policy
	}
	policy, err := ParsePolicy(document)
	if err != nil {
		policy = nil
	}
	if m.parsed == nil || len(m.parsed) >= policyMemoSize {
		m.parsed = make(map[string]*Policy)
	}
	m.parsed[document] = policy
	return policy
}
