package awsapi

import (
	"context"
	"net/http"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/iam"
)

// administration are the routes on principals, their keys and their policies,
// under the names of AWS's IAM API. AWS's own clients for IAM speak the query
// protocol, and do not reach them.
func (a *api) administration() []Route {
	const ok, created, noContent = http.StatusOK, http.StatusCreated, http.StatusNoContent
	return []Route{
		{"iam:AttachUserPolicy", "PUT /iam/users/{userName}/policies/{policyName}?operation=attach", ok, op(a.attachUserPolicy)},
		{"iam:CreateAccessKey", "POST /iam/users/{userName}/access-keys", created, op(a.createAccessKey)},
		{"iam:CreateUser", "POST /iam/users", created, op(a.createPrincipal)},
		{"iam:DeleteAccessKey", "DELETE /iam/users/{userName}/access-keys/{accessKeyId}", noContent, op(a.deleteAccessKey)},
		{"iam:DeleteUser", "DELETE /iam/users/{userName}", noContent, op(a.deletePrincipal)},
		{"iam:DeleteUserPolicy", "DELETE /iam/users/{userName}/policies/{policyName}", ok, op(a.deleteUserPolicy)},
		{"iam:DetachUserPolicy", "DELETE /iam/users/{userName}/policies/{policyName}?operation=detach", ok, op(a.detachUserPolicy)},
		{"iam:GrantAdministrator", "PUT /iam/administrators/{accountId}/{userId}", ok, op(a.grantAdministrator)},
		{"iam:ListAccessKeys", "GET /iam/users/{userName}/access-keys", ok, op(a.listAccessKeys)},
		{"iam:ListAdministrators", "GET /iam/administrators", ok, op(a.listAdministrators)},
		{"iam:ListPolicies", "GET /iam/policies", ok, op(a.listPolicies)},
		{"iam:ListUserPolicies", "GET /iam/users/{userName}/policies", ok, op(a.listUserPolicies)},
		{"iam:ListUsers", "GET /iam/users", ok, op(a.listPrincipals)},
		{"iam:PutUserPolicy", "PUT /iam/users/{userName}/policies/{policyName}", ok, op(a.putUserPolicy)},
		{"iam:RevokeAdministrator", "DELETE /iam/administrators/{accountId}/{userId}", noContent, op(a.revokeAdministrator)},
		{"iam:SimulatePrincipalPolicy", "POST /iam/simulate", ok, op(a.simulatePrincipalPolicy)},
		{"iam:UpdateAccessKey", "POST /iam/users/{userName}/access-keys/{accessKeyId}", ok, op(a.updateAccessKey)},
		{"iam:UpdateUser", "POST /iam/users/{userName}", ok, op(a.updatePrincipal)},
	}
}

// The values of Status, as AWS has them for access keys.
const (
	statusActive   = "Active"
	statusInactive = "Inactive"
)

func wireStatus(disabled bool) string {
	if disabled {
		return statusInactive
	}
	return statusActive
}

// Principal is a user of AWS's IAM API: somebody who may call. The root is one, and
// cannot be changed here.
type Principal struct {
	Arn             string    `json:"Arn"`
	CreateTimestamp Timestamp `json:"CreateTimestamp"`
	PolicyNames     []string  `json:"PolicyNames"`
	Root            bool      `json:"Root"`
	Status          string    `json:"Status"` // Active or Inactive
	UserID          string    `json:"UserId"`
	UserName        string    `json:"UserName"`
}

func wirePrincipal(p chime.Principal) Principal {
	return Principal{
		Arn: iam.PrincipalARN(p.Tenant, p.Name), CreateTimestamp: Timestamp(p.Created), Root: p.Root(),
		PolicyNames: convert(p.Policies, func(policy chime.PrincipalPolicy) string { return policy.Name }),
		Status:      wireStatus(p.Disabled), UserID: p.ID, UserName: p.Name,
	}
}

// PrincipalResponse is the output of what changes one principal.
type PrincipalResponse struct {
	User Principal `json:"User"`
}

func principalResponse(p chime.Principal, err error) (*PrincipalResponse, error) {
	if err != nil {
		return nil, err
	}
	return &PrincipalResponse{User: wirePrincipal(p)}, nil
}

// readDisabled reads a Status.
func readDisabled(v value) bool { return v.enum(statusActive, statusInactive) == statusInactive }

// PrincipalRequest names a principal in the path.
type PrincipalRequest struct{ UserName string }

func (in *PrincipalRequest) read(r *reader) {
	in.UserName = required(r.label("UserName", "userName"), readNonEmptyString)
}

// CreatePrincipalRequest is the input of iam:CreateUser.
type CreatePrincipalRequest struct{ UserName string }

func (in *CreatePrincipalRequest) read(r *reader) {
	in.UserName = required(r.body("UserName"), readNonEmptyString)
}

// UpdatePrincipalRequest is the input of iam:UpdateUser.
type UpdatePrincipalRequest struct {
	UserName string
	Disabled bool // Status is Inactive
}

func (in *UpdatePrincipalRequest) read(r *reader) {
	*in = UpdatePrincipalRequest{
		UserName: required(r.label("UserName", "userName"), readNonEmptyString),
		Disabled: required(r.body("Status"), readDisabled),
	}
}

// ListPrincipalsRequest is the input of iam:ListUsers.
type ListPrincipalsRequest struct{}

func (*ListPrincipalsRequest) read(*reader) {}

// ListPrincipalsResponse is the output of iam:ListUsers.
type ListPrincipalsResponse struct {
	Users []Principal `json:"Users"`
}

func (a *api) listPrincipals(ctx context.Context, _ *ListPrincipalsRequest) (*ListPrincipalsResponse, error) {
	users, err := a.access.ListUsers(ctx)
	if err != nil {
		return nil, err
	}
	return &ListPrincipalsResponse{Users: convert(users, wirePrincipal)}, nil
}

func (a *api) createPrincipal(ctx context.Context, in *CreatePrincipalRequest) (*PrincipalResponse, error) {
	return principalResponse(a.access.CreateUser(ctx, in.UserName))
}

func (a *api) updatePrincipal(ctx context.Context, in *UpdatePrincipalRequest) (*PrincipalResponse, error) {
	return principalResponse(a.access.UpdateUser(ctx, in.UserName, in.Disabled))
}

func (a *api) deletePrincipal(ctx context.Context, in *PrincipalRequest) (*struct{}, error) {
	return new(struct{}), a.access.DeleteUser(ctx, in.UserName)
}

// AccessKey is an access key without its secret.
type AccessKey struct {
	AccessKeyID     string    `json:"AccessKeyId"`
	CreateTimestamp Timestamp `json:"CreateTimestamp"`
	Status          string    `json:"Status"` // Active or Inactive
	UserName        string    `json:"UserName"`
}

func wireKey(k chime.AccessKey) AccessKey {
	return AccessKey{AccessKeyID: k.ID, CreateTimestamp: Timestamp(k.Created), Status: wireStatus(k.Disabled), UserName: k.Principal}
}

// NewAccessKey is an access key at the one moment at which its secret can be seen.
type NewAccessKey struct {
	AccessKeyID     string    `json:"AccessKeyId"`
	CreateTimestamp Timestamp `json:"CreateTimestamp"`
	SecretAccessKey string    `json:"SecretAccessKey"`
	Status          string    `json:"Status"` // Active
	UserName        string    `json:"UserName"`
}

// AccessKeyRequest names a key of a principal in the path.
type AccessKeyRequest struct {
	UserName    string
	AccessKeyID string
}

func (in *AccessKeyRequest) read(r *reader) {
	*in = AccessKeyRequest{
		UserName:    required(r.label("UserName", "userName"), readNonEmptyString),
		AccessKeyID: required(r.label("AccessKeyId", "accessKeyId"), readNonEmptyString),
	}
}

// UpdateAccessKeyRequest is the input of iam:UpdateAccessKey.
type UpdateAccessKeyRequest struct {
	AccessKeyRequest
	Disabled bool // Status is Inactive
}

func (in *UpdateAccessKeyRequest) read(r *reader) {
	in.AccessKeyRequest.read(r)
	in.Disabled = required(r.body("Status"), readDisabled)
}

// ListAccessKeysResponse is the output of iam:ListAccessKeys.
type ListAccessKeysResponse struct {
	AccessKeys []AccessKey `json:"AccessKeys"`
}

// AccessKeyResponse is the output of iam:UpdateAccessKey.
type AccessKeyResponse struct {
	AccessKey AccessKey `json:"AccessKey"`
}

// CreateAccessKeyResponse is the output of iam:CreateAccessKey.
type CreateAccessKeyResponse struct {
	AccessKey NewAccessKey `json:"AccessKey"`
}

func (a *api) listAccessKeys(ctx context.Context, in *PrincipalRequest) (*ListAccessKeysResponse, error) {
	keys, err := a.access.ListAccessKeys(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	return &ListAccessKeysResponse{AccessKeys: convert(keys, wireKey)}, nil
}

func (a *api) createAccessKey(ctx context.Context, in *PrincipalRequest) (*CreateAccessKeyResponse, error) {
	key, err := a.access.CreateAccessKey(ctx, in.UserName)
	if err != nil {
		return nil, err
	}
	return &CreateAccessKeyResponse{AccessKey: NewAccessKey{
		AccessKeyID: key.AccessKeyID, CreateTimestamp: Timestamp(key.Created),
		SecretAccessKey: key.SecretAccessKey, Status: statusActive, UserName: key.User,
	}}, nil
}

func (a *api) updateAccessKey(ctx context.Context, in *UpdateAccessKeyRequest) (*AccessKeyResponse, error) {
	key, err := a.access.UpdateAccessKey(ctx, in.UserName, in.AccessKeyID, in.Disabled)
	if err != nil {
		return nil, err
	}
	return &AccessKeyResponse{AccessKey: wireKey(key)}, nil
}

func (a *api) deleteAccessKey(ctx context.Context, in *AccessKeyRequest) (*struct{}, error) {
	return new(struct{}), a.access.DeleteAccessKey(ctx, in.UserName, in.AccessKeyID)
}
