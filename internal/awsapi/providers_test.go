package awsapi_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
)

func TestOpenIDConfigOnTheWire(t *testing.T) {
	s := newServer(t, 0)
	id := s.createAccount(t)
	reader := s.key(t, tenant, "reader", "AmazonChimeReadOnly")
	elsewhere := s.key(t, tenant, "elsewhere", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"chime:*","Resource":"arn:aws:chime::111122223333:account/other"}]}`)
	other := s.key(t, otherTenant, chime.RootName)
	config := " /accounts/" + id + "/openid-config"
	none := `^{"BackchannelLogoutUrl":"https://id.example/logout/` + id + `","CallbackUrl":"https://id.example/callback","OpenIdConfig":null}$`
	s.answers(t, reader, "GET"+config, "", 200, none)
	s.answers(t, elsewhere, "GET"+config, "", 403, forbidden)
	s.answers(t, other, "GET"+config, "", 404, notFound)

	const given = `{"Issuer":"https://login.example","ClientId":"carillon","ClientSecret":"s3cret","ProGroups":["pro"]}`
	s.answers(t, s.root, "PUT"+config, given, 422, `no verified domain`)
	s.put(t, func(ctx context.Context, tx chime.Tx) error {
		account, err := tx.Account(ctx, chime.AccountID(id))
		account.Type = chime.EnterpriseLWA
		return errors.Join(err, tx.PutAccounts(ctx, *account),
			tx.PutDomain(ctx, chime.Domain{Account: account.ID, Name: "corp.example", Status: chime.DomainVerified}))
	})
	s.answers(t, reader, "PUT"+config, given, 403, forbidden)
	s.answers(t, other, "PUT"+config, given, 404, notFound)
	for _, bad := range []string{
		"", `{"Issuer":"https://login.example"}`, `{"ClientId":"carillon"}`, `{"Issuer":"http://login.example","ClientId":"x"}`,
		`{"Issuer":"https://login.example","ClientId":"x","ProGroups":[" "]}`,
		`{"Issuer":"https://login.example","ClientId":"x","BasicGroups":["` + strings.Repeat(`g","`, 200) + `g"]}`,
	} {
		s.answers(t, s.root, "PUT"+config, bad, 400, badRequest)
	}
	s.answers(t, s.root, "GET"+config, "", 200, none)

	shown := `"OpenIdConfig":{"AccountId":"` + id + `","BasicGroups":\[],"ClientId":"carillon","CreatedTimestamp":"2019-01-08T18:30:05.042Z",` +
		`"GroupsClaim":"groups","HasClientSecret":true,"Issuer":"https://login.example","ProGroups":\["pro"]}}$`
	s.answers(t, s.root, "PUT"+config, given, 200, shown)
	s.answers(t, reader, "GET"+config, "", 200, shown)
	s.answers(t, s.root, "GET /accounts/"+id, "", 200, `"AccountType":"EnterpriseOIDC"`)
	s.answers(t, s.root, "PUT"+config, `{"Issuer":"https://login.example","ClientId":"carillon","BasicGroups":["all"],"GroupsClaim":"roles"}`, 200,
		`"BasicGroups":\["all"],.*"GroupsClaim":"roles","HasClientSecret":true,.*"ProGroups":\[]`)
	s.answers(t, s.root, "PUT"+config, `{"Issuer":"https://login.example","ClientId":"another"}`, 200, `"HasClientSecret":false`)
	if audit := s.recorded(t); strings.Contains(audit, "s3cret") || !strings.Contains(audit, `"clientSecret":"HIDDEN`) {
		t.Errorf("the audit shows the secret, or that there was none:\n%s", audit)
	}

	s.answers(t, reader, "DELETE"+config, "", 403, forbidden)
	s.answers(t, other, "DELETE"+config, "", 404, notFound)
	s.answers(t, s.root, "DELETE"+config, "", 204, `^$`)
	s.answers(t, s.root, "DELETE"+config, "", 404, notFound)
	s.answers(t, s.root, "GET"+config, "", 200, none)
}
