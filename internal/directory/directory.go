package directory

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/reqctx"
)

// PageTokens seals the position of a list so that a client can neither read nor
// alter it, nor use it for another list than it was made for.
type PageTokens interface {
	SealToken(bound, position string) string
	OpenToken(bound, token string) (position string, err error)
}

// Config is what a Directory works with.
type Config struct {
	Store    chime.Store
	Tokens   PageTokens
	Recorder *audit.Recorder
	Now      func() time.Time
	// SendsMail says that mail reaches people, rather than a folder.
	SendsMail bool
	// Secrets seals the client secrets of OpenID providers.
	Secrets SecretSealer
	// VerifySecrets reports an error unless the master key of Secrets is the
	// database's, which another process may have rotated; nil trusts that it is.
	VerifySecrets func(ctx context.Context, tx chime.Tx) error
	// AuditReads has successful reads recorded too.
	AuditReads bool
	// Outbox is told of what has to be told to the world; nil for nobody.
	Outbox Outbox
	// InvitationLifetime is how long an invitation can be accepted; 0 is
	// DefaultInvitationLifetime.
	InvitationLifetime time.Duration
}

// Directory is the set of operations on accounts and the people in them. It is
// safe for concurrent use. Its methods return a *chime.Error for what the caller
// did wrong; any other error is the operator's business.
type Directory struct{ Config }

// New returns a directory.
func New(c Config) *Directory {
	if c.InvitationLifetime == 0 {
		c.InvitationLifetime = DefaultInvitationLifetime
	}
	return &Directory{c}
}

// The operations of which a check knows what they leave behind.
const (
	opSuspend          = "BatchSuspendUser"
	opUnsuspend        = "BatchUnsuspendUser"
	opLogout           = "LogoutUser"
	opInvite           = "InviteUsers"
	opAccept           = "AcceptInvitation"
	opCreateUser       = "CreateUser"
	opDeleteAccount    = "DeleteAccount"
	opImport           = "Import"
	opInvitationFailed = "InvitationFailed" // the server's own: a mail that cannot arrive
	opRestoreDirectory = "RestoreDirectory"

	opGrantAdministrator = "GrantAdministrator" // of iam
)

// call is one operation in progress.
type call struct {
	service   string // "" for chime
	operation string
	account   chime.AccountID // "" for an operation on no one account
	readOnly  bool
	// once says that the call reads once. When that turns out not to do, it returns
	// errAgain, and runs again over a snapshot.
	once bool
	// inPlace says that the call writes all members whom it reads.
	inPlace bool
	// unsynced says that the call is part of something that ends with another write, and
	// need not be on the disk before that (chime.Store.UpdateUnsynced).
	unsynced bool
	// grants are the policies that the call gives to somebody, who has no other: the
	// caller has to hold them.
	grants []chime.PrincipalPolicy
	params audit.Values

	now    time.Time // of a write: what it changes and its record have the same
	record string    // the id of that record

	// A write fills the following: its record's response, whom it signed out, whom it
	// invited, and what else it has put into the outbox.
	response  audit.Values
	signedOut []chime.EventPerson
	invited   []chime.EventPerson
	told      []chime.Event
}

// on is a call of an operation on an account.
func on(operation string, account chime.AccountID) call {
	return call{operation: operation, account: account, params: audit.Values{"accountId": account}}
}

// administering is a call that says who may do what: an action of iam, whose resource
// is always AnyResource.
func administering(operation string, account chime.AccountID) call {
	c := call{service: "iam", operation: operation, account: account, params: audit.Values{}}
	if account != "" {
		c.params["accountId"] = account
	}
	return c
}

// action is the action of IAM that the call is.
func (c call) action() string { return cmp.Or(c.service, "chime") + ":" + c.operation }

// with adds a request parameter under CloudTrail's name for it.
func (c call) with(name string, value any) call {
	c.params[name] = value
	return c
}

// changing is c as a call that writes all members whom it reads
// (chime.Store.UpdateInPlace). Whether their account is deleted meanwhile does not
// matter, because an account with members is not.
func (c call) changing() call {
	c.inPlace = true
	return c
}

// errAgain says that a call needs more than the one read, and so a snapshot.
var errAgain = errors.New("one read does not do")

// readingOnce is c as a call that reads once (chime.Store.Peek).
func (c call) readingOnce() call {
	c.once = true
	return c
}

// read authorizes the call and runs fn over a snapshot, or first over a single read.
func (d *Directory) read(ctx context.Context, c call, fn func(iam.Caller, chime.Tx) error) error {
	c.readOnly = true
	caller, err := d.authorize(ctx, c)
	if err != nil {
		return err
	}
	look := d.Store.View
	if c.once {
		look = d.Store.Peek
	}
	attempt := func(tx chime.Tx) error { return fn(caller, tx) }
	err = look(ctx, attempt)
	if errors.Is(err, errAgain) {
		err = d.Store.View(ctx, attempt)
	}
	if err != nil {
		return err
	}
	if d.AuditReads {
		d.Recorder.Read(ctx, c.event(caller, nil))
	}
	return nil
}

// write authorizes the call, runs fn in a transaction, and in the same one
// records the call and adds what it has to tell to the outbox. fn may fill the
// call's response, signedOut, invited and told.
func (d *Directory) write(ctx context.Context, c call, fn func(iam.Caller, chime.Tx, *call) error) error {
	caller, err := d.authorize(ctx, c)
	if err != nil {
		return err
	}
	update := d.Store.Update
	switch {
	case c.inPlace:
		update = d.Store.UpdateInPlace
	case c.unsynced:
		update = d.Store.UpdateUnsynced
	}
	var events []chime.Event
	err = update(ctx, func(tx chime.Tx) error {
		attempt := c
		attempt.now = d.Now()
		if attempt.record, err = audit.NewID(); err != nil {
			return err
		}
		if err := fn(caller, recorded(tx, attempt.record), &attempt); err != nil {
			return err
		}
		if events, err = d.tell(ctx, tx, attempt); err != nil {
			return err
		}
		return appendRecord(ctx, tx, attempt.now, attempt.event(caller, nil))
	})
	if err == nil {
		d.Wake(events...)
	}
	return err
}

func appendRecord(ctx context.Context, tx chime.Tx, now time.Time, e audit.Event) error {
	record, err := audit.New(ctx, now, e)
	if err != nil {
		return err
	}
	return tx.AppendAudit(ctx, record)
}

// authorize returns the caller when they may make the call.
func (d *Directory) authorize(ctx context.Context, c call) (iam.Caller, error) {
	request := reqctx.From(ctx)
	request.Operation, request.Account = c.operation, string(c.account)
	resource := iam.AnyResource
	if known, _ := iam.CallerFrom(ctx); c.account != "" && c.service == "" {
		resource = iam.AccountARN(known.Tenant, c.account)
	}
	caller, err := iam.Authorize(ctx, c.action(), resource, iam.FactsOf(ctx, d.Now()))
	if err == nil && len(c.grants) > 0 {
		err = caller.Covers(c.grants)
	}
	var denied *chime.Error
	if errors.As(err, &denied) {
		d.Recorder.Denied(ctx, c.event(caller, err))
	}
	return caller, err
}

// Permissions returns the caller, and those of the actions ("chime:GetUser") that
// they may do to the account, or to no one account for "". Whether the account
// exists makes no difference. What is administered (iam) is never an account.
func (d *Directory) Permissions(ctx context.Context, account chime.AccountID, actions []string) (caller iam.Caller, allowed []string) {
	caller, _ = iam.CallerFrom(ctx)
	facts := iam.FactsOf(ctx, d.Now())
	allowed = []string{}
	for _, action := range actions {
		resource := iam.AnyResource
		if account != "" && strings.HasPrefix(action, "chime:") {
			resource = iam.AccountARN(caller.Tenant, account)
		}
		if caller.Decide(action, resource, facts) == iam.Allowed {
			allowed = append(allowed, action)
		}
	}
	return caller, allowed
}

func (c call) event(caller iam.Caller, err error) audit.Event {
	source := audit.SourceChime
	if c.service != "" {
		source = c.service + ".amazonaws.com"
	}
	return audit.Event{
		ID:        c.record,
		Source:    source,
		Operation: c.operation,
		Identity:  identity(caller),
		Tenant:    caller.Tenant,
		Account:   c.account,
		ReadOnly:  c.readOnly,
		Params:    c.params,
		Response:  c.response,
		Err:       err,
	}
}

// server is the caller of what the server does by itself for a tenant.
func server(tenant chime.TenantID) iam.Caller { return iam.LocalCaller(tenant, "carillon") }

func identity(caller iam.Caller) audit.Identity {
	id := audit.Identity{
		Type:        "IAMUser",
		PrincipalID: caller.PrincipalID,
		ARN:         caller.Principal(),
		AccountID:   caller.Tenant,
		AccessKeyID: caller.AccessKeyID,
		UserName:    caller.Name,
	}
	switch {
	case caller.Session != nil:
		id.Type, id.UserName = "AssumedRole", ""
		id.SessionContext = &audit.SessionContext{
			SessionIssuer: audit.SessionIssuer{Type: "Role", UserName: iam.AdministratorRole},
			Attributes:    audit.SessionAttributes{CreationDate: caller.Session.Issued.UTC().Format(time.RFC3339), MFAAuthenticated: "false"},
		}
	case caller.Local:
		id.Type, id.UserName = "Local", ""
	case caller.Root:
		id.Type, id.UserName = "Root", ""
	}
	return id
}

// notFoundAccount is the answer for an account that does not exist, is deleted
// or is another tenant's: nobody learns which.
func notFoundAccount(id chime.AccountID) error {
	return chime.Errorf(chime.NotFound, "Account %s not found", id)
}

func notFoundUser(id chime.UserID) *chime.Error {
	return chime.Errorf(chime.NotFound, "User %s not found", id)
}

// visible reports an account that the caller may know of and that is not deleted.
func visible(caller iam.Caller, id chime.AccountID, account *chime.Account) error {
	if account == nil || account.Tenant != caller.Tenant || account.Status != chime.AccountActive {
		return notFoundAccount(id)
	}
	return nil
}

// account reads an account that the caller may know of.
func (d *Directory) account(ctx context.Context, caller iam.Caller, tx chime.Tx, id chime.AccountID) (chime.Account, error) {
	account, err := tx.Account(ctx, id)
	if err != nil {
		return chime.Account{}, err
	}
	if err := visible(caller, id, account); err != nil {
		return chime.Account{}, err
	}
	return *account, nil
}

// member reads one member together with their account.
func (d *Directory) member(ctx context.Context, caller iam.Caller, tx chime.Tx, id chime.AccountID, user chime.UserID) (chime.Account, *chime.Member, error) {
	account, members, err := tx.AccountMembers(ctx, id, []chime.UserID{user})
	if err != nil {
		return chime.Account{}, nil, err
	}
	if err := visible(caller, id, account); err != nil {
		return chime.Account{}, nil, err
	}
	if len(members) == 0 {
		return *account, nil, nil
	}
	return *account, &members[0], nil
}

// wrongType refuses an operation that accounts of this type do not have.
func wrongType(account chime.Account, want string) error {
	return chime.Errorf(chime.Forbidden, "Chime Account provided is not %s Chime Account[AWS Account ID: %s][Chime Account ID: %s]",
		want, account.Tenant, account.ID)
}

// RecordAdministration records a change of principals, policies or keys in the
// transaction that makes it (iam.Record).
func (d *Directory) RecordAdministration(ctx context.Context, tx chime.Tx, operation string, tenant chime.TenantID, params map[string]any) (id string, err error) {
	if id, err = audit.NewID(); err != nil {
		return "", err
	}
	caller, _ := iam.CallerFrom(ctx)
	return id, appendRecord(ctx, tx, d.Now(), audit.Event{
		ID: id, Source: audit.SourceIAM, Operation: operation, Identity: identity(caller), Tenant: tenant, Params: params,
	})
}

// ObserveAdministration records a call on principals, policies or keys that was
// refused and, when reads are recorded, one that read (iam.Observe).
func (d *Directory) ObserveAdministration(ctx context.Context, operation string, readOnly bool, params map[string]any, err error) {
	caller, _ := iam.CallerFrom(ctx)
	e := audit.Event{
		Source: audit.SourceIAM, Operation: operation, Identity: identity(caller), Tenant: caller.Tenant,
		ReadOnly: readOnly, Params: params, Err: err,
	}
	switch {
	case err != nil:
		d.Recorder.Denied(ctx, e)
	case d.AuditReads:
		d.Recorder.Read(ctx, e)
	}
}
