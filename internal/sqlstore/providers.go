package sqlstore

import (
	"context"
	"fmt"

	"github.com/carillon-id/carillon/internal/chime"
)

var providers = newKind(newTable("providers", 1, "account_id issuer client_id sealed_secret groups_claim basic_groups pro_groups created"),
	providerRow, readProvider)

func providerRow(p chime.Provider) ([]any, error) {
	basic, err := encodeList(fmt.Sprintf("the groups of the provider of %q", p.Account), p.BasicGroups)
	if err != nil {
		return nil, err
	}
	pro, err := encodeList(fmt.Sprintf("the groups of the provider of %q", p.Account), p.ProGroups)
	return []any{string(p.Account), p.Issuer, p.ClientID, p.SealedSecret, p.GroupsClaim, basic, pro, micros(p.Created)}, err
}

func readProvider(r Row) (p chime.Provider, err error) {
	p = chime.Provider{
		Account: chime.AccountID(r.Text(0)), Issuer: r.Text(1), ClientID: r.Text(2), SealedSecret: optional(r.Bytes(3)),
		GroupsClaim: r.Text(4), Created: fromMicros(r.Int(7)),
	}
	what := fmt.Sprintf("the groups of the provider of %q", p.Account)
	if p.BasicGroups, err = decodeList(what, r.Text(5)); err != nil {
		return p, err
	}
	p.ProGroups, err = decodeList(what, r.Text(6))
	return p, err
}

// Provider implements chime.Providers.
func (t tx) Provider(ctx context.Context, account chime.AccountID) (*chime.Provider, error) {
	return providers.get(ctx, t, string(account))
}

// PutProvider implements chime.Providers.
func (t tx) PutProvider(ctx context.Context, provider chime.Provider) error {
	return providers.put(ctx, t, provider)
}

// DeleteProvider implements chime.Providers.
func (t tx) DeleteProvider(ctx context.Context, account chime.AccountID) error {
	return t.remove(ctx, providers.table, string(account))
}
