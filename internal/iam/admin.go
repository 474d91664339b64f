package iam

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
)

// Record records a change in the transaction that makes it. The operation and
// the names of the parameters are those of AWS's IAM API ("CreateAccessKey";
// "userName", "accessKeyId"); no parameter is a secret. It returns the id of the
// record, which what was changed names.
type Record func(ctx context.Context, tx chime.Tx, operation string, tenant chime.TenantID, params map[string]any) (id string, err error)

// Admin administers principals, their policies and access keys: for the command
// line and the start of the server, and for callers of the API through Access,
// which asks their policies. Whoever calls, as the context has it, nobody grants
// what they do not hold, and nobody but the operator changes the root; a context
// without a caller is the program itself. All fields are required.
//
// What the caller can set right is a *chime.Error: BadRequest, NotFound or
// Conflict. The others are for the operator.
type Admin struct {
	Store  chime.Store
	Sealer Sealer
	Record Record
	Now    func() time.Time
}

// The operations that are recorded, by their names in AWS's IAM API.
const (
	opCreateUser       = "CreateUser"
	opUpdateUser       = "UpdateUser" // with the parameter status, as UpdateAccessKey has it
	opDeleteUser       = "DeleteUser"
	opPutUserPolicy    = "PutUserPolicy"
	opDeleteUserPolicy = "DeleteUserPolicy"
	opAttachUserPolicy = "AttachUserPolicy"
	opDetachUserPolicy = "DetachUserPolicy"
	opCreateAccessKey  = "CreateAccessKey"
	opUpdateAccessKey  = "UpdateAccessKey"
	opDeleteAccessKey  = "DeleteAccessKey"
	opRotateMasterKey  = "RotateMasterKey" // Carillon's own
)

// NewKey is an access key at the one moment at which its secret can be seen.
type NewKey struct {
	Tenant          chime.TenantID
	User            string
	AccessKeyID     string
	SecretAccessKey string
	Created         time.Time
	// NoPolicy says that the principal has no policy and may do nothing.
	NoPolicy bool
}

// maxPolicies bounds the policies of a principal, which each of its calls reads.
const maxPolicies = 20

// secretLength is that of a secret access key, as AWS makes them.
const secretLength = 40

// generate returns a new key: "AKIA" and 16 random base32 characters (80 bits),
// and 40 random base64 characters (240 bits).
func generate(tenant chime.TenantID, user string) NewKey {
	secret := make([]byte, secretLength*6/8)
	_, _ = rand.Read(secret) // never fails, see crypto/rand
	return NewKey{
		Tenant: tenant, User: user,
		AccessKeyID:     "AKIA" + rand.Text()[:16],
		SecretAccessKey: base64.StdEncoding.EncodeToString(secret),
	}
}

// CreateKey makes an access key for the user, and the user and the tenant when
// they are new. The policies, managed ones by name or the user's own with their
// documents, are added to those that the user has; one's own of the same name is
// replaced. The user "root" is the tenant's root, which takes no policy.
func (a *Admin) CreateKey(ctx context.Context, tenant chime.TenantID, user string, policies []chime.PrincipalPolicy) (NewKey, error) {
	if err := checkTenant(tenant); err != nil {
		return NewKey{}, err
	}
	if err := checkUser(user, policies); err != nil {
		return NewKey{}, err
	}
	for _, p := range policies {
		if err := CheckPolicy(p); err != nil {
			return NewKey{}, err
		}
	}
	key, id := generate(tenant, user), newPrincipalID(tenant, user)
	err := a.Store.Update(ctx, func(tx chime.Tx) error {
		p, err := a.ensurePrincipal(ctx, tx, chime.Principal{Tenant: tenant, Name: user, ID: id})
		if err != nil {
			return err
		}
		if err := a.addPolicies(ctx, tx, p, policies); err != nil {
			return err
		}
		return a.addKey(ctx, tx, *p, &key)
	})
	if err != nil {
		return NewKey{}, fmt.Errorf("creating an access key for %s: %w", user, err)
	}
	return key, nil
}

// createKey makes a key for a principal that exists.
func (a *Admin) createKey(ctx context.Context, tenant chime.TenantID, user string) (NewKey, error) {
	key := generate(tenant, user)
	err := a.Store.Update(ctx, func(tx chime.Tx) error {
		p, err := tx.Principal(ctx, tenant, user)
		if err != nil {
			return err
		}
		if p == nil {
			return notFoundUser(user)
		}
		return a.addKey(ctx, tx, *p, &key)
	})
	if err != nil {
		return NewKey{}, fmt.Errorf("creating an access key for %s: %w", user, err)
	}
	return key, nil
}

// createPrincipal makes a principal that may do nothing.
func (a *Admin) createPrincipal(ctx context.Context, tenant chime.TenantID, name string) (p chime.Principal, err error) {
	id := newPrincipalID(tenant, name)
	err = a.Store.Update(ctx, func(tx chime.Tx) error {
		known, err := tx.Principal(ctx, tenant, name)
		if err != nil {
			return err
		}
		if known != nil {
			return chime.Errorf(chime.Conflict, "User with name %s already exists.", name)
		}
		if err := mayTouch(ctx, name); err != nil {
			return err
		}
		made, err := a.ensurePrincipal(ctx, tx, chime.Principal{Tenant: tenant, Name: name, ID: id})
		if err == nil {
			p = *made
		}
		return err
	})
	if err != nil {
		return chime.Principal{}, fmt.Errorf("creating principal %s: %w", name, err)
	}
	return p, nil
}

// putPolicy gives a principal that exists a policy, in place of the one of the name.
func (a *Admin) putPolicy(ctx context.Context, tenant chime.TenantID, name string, policy chime.PrincipalPolicy) (chime.Principal, error) {
	if err := CheckPolicy(policy); err != nil {
		return chime.Principal{}, err
	}
	return a.changePrincipal(ctx, tenant, name, "giving a policy to", func(tx chime.Tx, p *chime.Principal) error {
		return a.addPolicies(ctx, tx, p, []chime.PrincipalPolicy{policy})
	})
}

// addKey stores a key of a principal, in whose place its holder can be.
func (a *Admin) addKey(ctx context.Context, tx chime.Tx, p chime.Principal, key *NewKey) error {
	if err := mayBecome(ctx, p); err != nil {
		return err
	}
	key.NoPolicy = !p.Root() && len(p.Policies) == 0
	return a.putKey(ctx, tx, key)
}

func newPrincipalID(tenant chime.TenantID, user string) string {
	if user == chime.RootName {
		return string(tenant)
	}
	return "AIDA" + rand.Text()[:17]
}

// ensurePrincipal returns the principal of that tenant and name, which it makes
// when there is none.
func (a *Admin) ensurePrincipal(ctx context.Context, tx chime.Tx, p chime.Principal) (*chime.Principal, error) {
	known, err := tx.Principal(ctx, p.Tenant, p.Name)
	if err != nil || known != nil {
		return known, err
	}
	p.Created = a.Now()
	if p.Record, err = a.Record(ctx, tx, opCreateUser, p.Tenant, map[string]any{"userName": p.Name}); err != nil {
		return nil, err
	}
	return &p, tx.PutPrincipal(ctx, p)
}

func (a *Admin) addPolicies(ctx context.Context, tx chime.Tx, p *chime.Principal, added []chime.PrincipalPolicy) (err error) {
	before := slices.Clone(p.Policies)
	for _, policy := range added {
		i := slices.IndexFunc(p.Policies, named(policy.Name))
		if i < 0 {
			p.Policies = append(p.Policies, policy)
		} else {
			p.Policies[i] = policy
		}
		operation, params := policyChange(p.Name, policy, opPutUserPolicy, opAttachUserPolicy)
		if operation == opPutUserPolicy {
			params["policyDocument"] = policy.Document
		}
		if p.Record, err = a.Record(ctx, tx, operation, p.Tenant, params); err != nil {
			return err
		}
	}
	switch {
	case len(added) == 0:
		return nil
	case len(p.Policies) > max(maxPolicies, len(before)):
		return chime.Errorf(chime.Unprocessable, "User %s has %d policies already, and may not have more", p.Name, len(before))
	}
	if err := mayChange(ctx, *p, before, p.Policies); err != nil {
		return err
	}
	return tx.PutPrincipal(ctx, *p)
}

// policyChange returns the operation, and its parameters, that changes a policy: of
// the user's own, or a managed one.
func policyChange(user string, policy chime.PrincipalPolicy, own, attached string) (operation string, params map[string]any) {
	if managed, ok := ManagedPolicy(policy.Name); ok && policy.Document == "" {
		return attached, map[string]any{"userName": user, "policyArn": managed.ARN()}
	}
	return own, map[string]any{"userName": user, "policyName": policy.Name}
}

func named(name string) func(chime.PrincipalPolicy) bool {
	return func(p chime.PrincipalPolicy) bool { return p.Name == name }
}

func (a *Admin) putKey(ctx context.Context, tx chime.Tx, key *NewKey) error {
	if _, err := a.verify(ctx, tx); err != nil {
		return err
	}
	record, err := a.Record(ctx, tx, opCreateAccessKey, key.Tenant, map[string]any{"userName": key.User, "accessKeyId": key.AccessKeyID})
	if err != nil {
		return err
	}
	key.Created = a.Now()
	return tx.PutAccessKeys(ctx, chime.AccessKey{
		ID: key.AccessKeyID, Tenant: key.Tenant, Principal: key.User, Created: key.Created, Record: record,
		SealedSecret: sealSecret(a.Sealer, key.Tenant, key.AccessKeyID, key.SecretAccessKey),
	})
}

var (
	tenantForm     = regexp.MustCompile(`^[0-9]{12}$`)
	userForm       = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	policyNameForm = regexp.MustCompile(`^[\w+=,.@-]{1,128}$`)
)

func checkTenant(tenant chime.TenantID) error {
	if !tenantForm.MatchString(string(tenant)) {
		return chime.Errorf(chime.BadRequest, "%q is not an AWS account id: it must be 12 digits", tenant)
	}
	return nil
}

func checkUser(user string, policies []chime.PrincipalPolicy) error {
	switch {
	case user == chime.RootName && len(policies) > 0:
		return chime.Errorf(chime.BadRequest, "the root may do everything and takes no policy: leave the policies out, or choose another user")
	case user != chime.RootName && strings.EqualFold(user, chime.RootName):
		return chime.Errorf(chime.BadRequest, "%q is too like the root's name: choose another, or %q for the root", user, chime.RootName)
	case !userForm.MatchString(user):
		return chime.Errorf(chime.BadRequest, "%q is not a user name: it must be 1 to 64 letters, digits and characters of _+=,.@-", user)
	}
	return nil
}

// CheckPolicy returns nil for a policy that somebody may be given: a managed one by
// its name, or one of their own that ParsePolicy understands.
func CheckPolicy(p chime.PrincipalPolicy) error {
	_, managed := ManagedPolicy(p.Name)
	switch {
	case p.Document == "" && managed:
		return nil
	case p.Document == "":
		return chime.Errorf(chime.NotFound, "there is no managed policy %q: `carillon policies list` prints them; a policy of your own is given as a .json file", p.Name)
	case managed:
		return chime.Errorf(chime.BadRequest, "a policy of your own cannot have the name of the managed policy %s: give it another", p.Name)
	case !policyNameForm.MatchString(p.Name):
		return chime.Errorf(chime.BadRequest, "%q is not a policy name: it must be 1 to 128 letters, digits and characters of _+=,.@-", p.Name)
	}
	_, err := ParsePolicy(p.Document)
	if err != nil {
		return fmt.Errorf("policy %s: %w", p.Name, err)
	}
	return nil
}
