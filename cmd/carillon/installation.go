package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/carillon-id/carillon/internal/audit"
	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/cli"
	"github.com/carillon-id/carillon/internal/directory"
	"github.com/carillon-id/carillon/internal/iam"
	"github.com/carillon-id/carillon/internal/secret"
	"github.com/carillon-id/carillon/internal/signing"
)

// masterKeyVariable holds the master key, when no file does, and
// newMasterKeyVariable the one that a rotation puts in its place.
const (
	masterKeyVariable    = "CARILLON_MASTER_KEY"
	newMasterKeyVariable = "CARILLON_NEW_MASTER_KEY"
)

// installation is a cli.Installation with what the server needs beside it.
type installation struct {
	cli.Installation
	keyring *secret.Keyring
	at      location
	health  *health
}

// open opens the installation of a database; only with create may the database
// be missing.
func (p *program) open(ctx context.Context, database string, create, auditReads bool) (*installation, error) {
	at, err := locate(database)
	if err != nil {
		return nil, err
	}
	if at.shared() && p.getenv(masterKeyVariable) == "" {
		return nil, errNoMasterKey
	}
	store, err := at.open(ctx, create)
	if err != nil {
		return nil, err
	}
	in, err := p.assemble(ctx, at, store, create, auditReads)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return in, nil
}

// assemble puts together what works on an open database. A new database takes the
// master key; with settle, a rotation that was interrupted is finished.
func (p *program) assemble(ctx context.Context, at location, opened chime.Store, settle, auditReads bool) (*installation, error) {
	store := &health{Store: opened, now: p.now}
	check, err := iam.CheckValue(ctx, store)
	if err != nil {
		return nil, err
	}
	keyring, keyFile, err := p.openKeyring(at, check)
	if err != nil {
		return nil, err
	}
	recorder := audit.NewRecorder(store, p.now, p.log)
	dir := directory.New(directory.Config{
		Store: store, Tokens: keyring, Recorder: recorder, Now: p.now, AuditReads: auditReads,
		Secrets: keyring.For(secret.ProviderSecret),
	})
	admin := p.admin(store, dir, keyring)
	dir.VerifySecrets = admin.VerifyMasterKey
	if check == nil || settle {
		var finish func([]byte) error
		if keyFile != nil {
			finish = keyFile.Settle
		}
		err := admin.AdoptMasterKey(ctx, finish)
		if check != nil && chime.CodeOf(err) == chime.ServiceUnavailable {
			p.log.Warn("the database takes no writes now; reads are served", "error", err)
			err = nil // the key was verified above, and the next start can settle
		}
		if err != nil {
			recorder.Close()
			return nil, err
		}
	}
	return &installation{
		keyring: keyring, at: at,
		health: store,
		Installation: cli.Installation{
			Store: store, Directory: dir, Admin: admin, RootKeyFile: at.rootKeyFile(),
			RotateMaster: func(ctx context.Context) (string, error) { return p.rotateMaster(ctx, admin, dir, keyring, keyFile) },
			Close: func() error {
				recorder.Close()
				return store.Close()
			},
		},
	}, nil
}

func (p *program) admin(store chime.Store, dir *directory.Directory, keyring *secret.Keyring) *iam.Admin {
	return &iam.Admin{Store: store, Sealer: keyring.For(secret.AccessKeySecret), Record: dir.RecordAdministration, Now: p.now}
}

// errNoMasterKey says what a database beside which no file stands needs.
var errNoMasterKey = errors.New("PostgreSQL needs the master key in " + masterKeyVariable + ", the same on every machine: " +
	"for a new database make one with `openssl rand -base64 32` and keep it as you keep passwords; " +
	"for a copy of a SQLite database it is what that one's .master-key file holds")

// openKeyring returns the keyring of the database whose check value is given,
// and the file that its master key is in; nil for one from the environment.
func (p *program) openKeyring(at location, check []byte) (*secret.Keyring, *secret.KeyFile, error) {
	if text := p.getenv(masterKeyVariable); text != "" {
		key, err := secret.ParseMasterKey(text)
		if err != nil {
			return nil, nil, fmt.Errorf("the variable %s: %w", masterKeyVariable, err)
		}
		keyring := secret.NewKeyring(key, nil)
		if check != nil {
			if err := keyring.Verify(check); err != nil {
				return nil, nil, fmt.Errorf("the variable %s is not the master key of this database: %w", masterKeyVariable, err)
			}
		}
		return keyring, nil, nil
	}
	file := at.keyFile()
	key, created, err := file.Open(check)
	if err != nil {
		return nil, nil, err
	}
	if created {
		p.log.Info("made the master key; keep a copy of it apart from the database", "file", file.Path)
	}
	return secret.NewKeyring(key, file.Find), &file, nil
}

// rotateMaster seals every secret anew and returns where the new master key is.
func (p *program) rotateMaster(
	ctx context.Context, admin *iam.Admin, dir *directory.Directory, former *secret.Keyring, file *secret.KeyFile,
) (string, error) {
	next := secret.NewMasterKey()
	stage := func([]byte) error { return nil }
	where := "set " + masterKeyVariable + " to the value of " + newMasterKeyVariable + " and start the servers anew"
	var settle func([]byte) error
	if file != nil {
		stage = func(check []byte) error { return file.Stage(check, next) }
		settle, where = file.Settle, file.Path
	} else {
		var err error
		if next, err = p.newMasterKey(); err != nil {
			return "", err
		}
	}
	keyring := secret.NewKeyring(next, nil)
	signingKeys := func(ctx context.Context, tx chime.Tx) error {
		return signing.Reseal(ctx, tx, former.For(secret.SigningKeys), keyring.For(secret.SigningKeys))
	}
	providers := func(ctx context.Context, tx chime.Tx) error {
		return directory.ResealProviders(ctx, tx, former.For(secret.ProviderSecret), keyring.For(secret.ProviderSecret))
	}
	if _, err := admin.RotateMasterKey(ctx, keyring.For(secret.AccessKeySecret), stage, signingKeys, providers); err != nil {
		return "", err
	}
	return where, p.admin(admin.Store, dir, keyring).AdoptMasterKey(ctx, settle)
}

// newMasterKey returns the key that a rotation puts in the place of the one in
// the environment.
func (p *program) newMasterKey() (secret.MasterKey, error) {
	next, err := secret.ParseMasterKey(p.getenv(newMasterKeyVariable))
	if err != nil {
		return secret.MasterKey{}, fmt.Errorf("the master key is in %s, so the new one must be in %s: %w", masterKeyVariable, newMasterKeyVariable, err)
	}
	if current, err := secret.ParseMasterKey(p.getenv(masterKeyVariable)); err == nil && current == next {
		return secret.MasterKey{}, fmt.Errorf("%s and %s hold the same master key: put a new one (openssl rand -base64 32) in %s",
			masterKeyVariable, newMasterKeyVariable, newMasterKeyVariable)
	}
	return next, nil
}
