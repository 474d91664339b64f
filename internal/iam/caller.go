package iam

import (
	"context"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// Caller is who makes a call: a principal, by one of its access keys, a person who is
// an administrator and has signed in, or the operator of the command line. The zero Caller may do nothing.
type Caller struct {
	Tenant chime.TenantID
	// Name is that of the principal, or the operating system's user.
	Name string
	// ARN is arn:aws:iam::<tenant>:user/<name>, or :root, or for an administrator
	// arn:aws:sts::<tenant>:assumed-role/Administrator/<user id>; "" for a local caller.
	ARN string
	// PrincipalID is the principal's stable unique id, "AIDA..." or, for the
	// root, the tenant's id, or "<role>:<user id>"; "" for a local caller.
	PrincipalID string
	AccessKeyID string
	Root        bool
	// Local says that the call comes from the command line, on the machine that
	// holds the database: it may do everything.
	Local bool
	// Session is set for a person, an administrator who has signed in; nil for others.
	Session *Session

	policies []*Policy // nil elements could not be read
}

// NewCaller returns the caller that a principal is, with its policies parsed. A
// policy that could not be read MUST be there as nil: it denies everything.
func NewCaller(p chime.Principal, accessKeyID string, policies []*Policy) Caller {
	return Caller{
		Tenant: p.Tenant, Name: p.Name, ARN: PrincipalARN(p.Tenant, p.Name),
		PrincipalID: p.ID, AccessKeyID: accessKeyID, Root: p.Root(), policies: policies,
	}
}

// Session is what is known of an administrator who has signed in.
type Session struct {
	Account     chime.AccountID
	User        chime.UserID
	DisplayName string
	// Issued and Expires are when the credentials were and will be.
	Issued, Expires time.Time
}

// AdministratorRole is the name of the role that administrators assume.
const AdministratorRole = "Administrator"

// administratorCaller is the caller that an administrator is, with the parsed policies
// of the role.
func administratorCaller(key chime.TemporaryKey, policies []*Policy) Caller {
	role := key.Role
	return Caller{
		Tenant: role.Tenant, Name: string(role.User), ARN: "arn:aws:sts::" + string(role.Tenant) + ":assumed-role/" + AdministratorRole + "/" + string(role.User),
		PrincipalID: string(role.ID) + ":" + string(role.User), AccessKeyID: key.ID, policies: policies,
		Session: &Session{Account: role.Account, User: role.User, DisplayName: key.Name, Issued: key.Issued, Expires: key.Expires},
	}
}

// LocalCaller returns the operator of the command line, who may do everything in
// the tenant.
func LocalCaller(tenant chime.TenantID, osUser string) Caller {
	return Caller{Tenant: tenant, Name: osUser, Local: true}
}

// PrincipalARN returns the ARN of a principal.
func PrincipalARN(tenant chime.TenantID, name string) string {
	if name == chime.RootName {
		return "arn:aws:iam::" + string(tenant) + ":root"
	}
	return "arn:aws:iam::" + string(tenant) + ":user/" + name
}

// Principal returns what the audit calls the caller: the ARN, or
// "local:<os user>".
func (c Caller) Principal() string {
	if c.Local {
		return "local:" + c.Name
	}
	return c.ARN
}

type callerKey struct{}

// WithCaller returns a context that carries the caller.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerFrom returns the caller that the context carries; false without one.
func CallerFrom(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok
}
