package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/cli"
	"github.com/carillon-id/carillon/internal/iam"
)

// defaultTenant is the root's AWS account id when CARILLON_ROOT_ACCOUNT_ID says
// no other.
const defaultTenant chime.TenantID = "123456789012"

// reach is where a server is reached: its API, with or without TLS, and its console.
type reach struct {
	address string
	tls     bool
	console string
}

// prepareRoot sees to it that there is a root key: that of the environment, or
// the stored one, or on the first start a new one.
func (p *program) prepareRoot(ctx context.Context, in *installation, at reach) error {
	id, secret := p.getenv("CARILLON_ROOT_ACCESS_KEY_ID"), p.getenv("CARILLON_ROOT_SECRET_ACCESS_KEY")
	if (id == "") != (secret == "") {
		return errors.New("CARILLON_ROOT_ACCESS_KEY_ID and CARILLON_ROOT_SECRET_ACCESS_KEY go together")
	}
	stored, err := in.Admin.RootTenant(ctx)
	if err != nil && chime.CodeOf(err) != chime.NotFound {
		return err
	}
	tenant := cmp.Or(chime.TenantID(p.getenv("CARILLON_ROOT_ACCOUNT_ID")), stored, defaultTenant)
	switch {
	case id != "":
		return in.Admin.EnsureRoot(p.asOperator(ctx, tenant), tenant, id, secret)
	case stored != "":
		if tenant != stored {
			p.log.Warn("CARILLON_ROOT_ACCOUNT_ID is not the root's AWS account here; it counts together with CARILLON_ROOT_ACCESS_KEY_ID and CARILLON_ROOT_SECRET_ACCESS_KEY only", "root", stored)
		}
		return nil // nothing to write, so the database may be read-only or locked
	}
	return p.makeRoot(ctx, in, tenant, at)
}

// makeRoot makes the root key of the first start and shows it, or leaves it in a
// file.
func (p *program) makeRoot(ctx context.Context, in *installation, tenant chime.TenantID, at reach) error {
	key, first, err := in.Admin.FirstRoot(p.asOperator(ctx, tenant), tenant)
	if err != nil || !first {
		return err
	}
	if cli.IsTerminal(p.stdout) {
		welcome(p.stdout, key, at)
		return nil
	}
	if err := writeRootKey(in.RootKeyFile, key); err != nil {
		return fmt.Errorf("%w; the key is lost: make another with `carillon keys create --user root`", err)
	}
	p.log.Info("made the root access key; carillon env prints it", "file", in.RootKeyFile, "tenant", key.Tenant)
	return nil
}

func (p *program) asOperator(ctx context.Context, tenant chime.TenantID) context.Context {
	return iam.WithCaller(ctx, iam.LocalCaller(tenant, p.osUser))
}

func printRootKey(w io.Writer, key iam.NewKey) error {
	_, err := fmt.Fprintf(w, "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", key.AccessKeyID, key.SecretAccessKey)
	return err
}

// writeRootKey writes the root key to a file that only its owner can read.
func writeRootKey(path string, key iam.NewKey) (err error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("replacing the root key file: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- beside the database
	if err != nil {
		return fmt.Errorf("writing the root key: %w", err)
	}
	return errors.Join(printRootKey(file, key), file.Close())
}

// welcome shows the root key, once, and what to do with it.
func welcome(w io.Writer, key iam.NewKey, at reach) {
	fmt.Fprintf(w, `
Welcome to Carillon. This is the first start: here is the root access key of the
AWS account %s. It is shown this once. Open %s
in a browser and sign in with it, or paste this into another terminal:

`, key.Tenant, at.console)
	cli.PrintEndpoint(w, at.address, at.tls)
	_ = printRootKey(w, key) // a terminal that is gone needs no key
	fmt.Fprint(w, `
ACCOUNT=$(aws chime create-account --name "My team" --query Account.AccountId --output text)
aws chime invite-users --account-id "$ACCOUNT" --user-email-list ada@example.com grace@example.com
aws chime list-users --account-id "$ACCOUNT" --output table
USER_ID=$(aws chime list-users --account-id "$ACCOUNT" --user-email ada@example.com --query 'Users[0].UserId' --output text)
aws chime batch-suspend-user --account-id "$ACCOUNT" --user-id-list "$USER_ID"

`)
}
