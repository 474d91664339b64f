package postgres_test

import (
	"context"
	"errors"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// access are the requests on principals, their keys and their policies. They read
// all of a tenant, as the commands do.
func (in *installation) access() []step {
	a := iam.Access{Admin: in.admin, Observe: in.ObserveAdministration}
	own := chime.PrincipalPolicy{Name: "own", Document: `{"Statement":{"Effect":"Allow","Action":"chime:GetUser","Resource":"*"}}`}
	const user, managed = "carol", "AmazonChimeReadOnly"
	return []step{
		{"users", func(ctx context.Context) error {
			return errors.Join(first(a.CreateUser(ctx, user)), first(a.UpdateUser(ctx, user, true)), first(a.ListUsers(ctx)))
		}},
		{"policies", func(ctx context.Context) error {
			return errors.Join(
				first(a.PutUserPolicy(ctx, user, own)), first(a.AttachUserPolicy(ctx, user, managed)),
				first(a.ListPolicies(ctx)), first(a.ListUserPolicies(ctx, user)),
				first(a.SimulatePrincipalPolicy(ctx, iam.Question{Principal: user, Action: "chime:GetUser", Resource: "*"})),
				first(a.DetachUserPolicy(ctx, user, managed)), first(a.DeleteUserPolicy(ctx, user, own.Name)))
		}},
		{"keys", func(ctx context.Context) error {
			key, err := a.CreateAccessKey(ctx, user)
			return errors.Join(err, first(a.ListAccessKeys(ctx, user)), first(a.UpdateAccessKey(ctx, user, key.AccessKeyID, true)),
				a.DeleteAccessKey(ctx, user, key.AccessKeyID), a.DeleteUser(ctx, user))
		}},
	}
}
