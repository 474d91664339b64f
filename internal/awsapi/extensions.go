package awsapi

import "net/http"

// extensions are the routes beside the contract's: what administrators could do in
// Amazon Chime's console alone, under the names that AWS's service authorization
// reference has for it, where it has one (VerifyDomain is ours). The operations of
// other services are named with theirs.
func (a *api) extensions() []Route {
	return append(a.administration(), []Route{
		{"AddDomain", "POST /accounts/{accountId}/domains", http.StatusCreated, op(a.addDomain)},
		{"CancelInvitation", "DELETE /accounts/{accountId}/invitations/{userId}", http.StatusNoContent, op(a.cancelInvitation)},
		{"CreateApp", "POST /apps", http.StatusCreated, op(a.createApp)},
		{"DeleteAccountOpenIdConfig", "DELETE /accounts/{accountId}/openid-config", http.StatusNoContent, op(a.deleteOpenIDConfig)},
		{"DeleteApp", "DELETE /apps/{clientId}", http.StatusNoContent, op(a.deleteApp)},
		{"DeleteDomain", "DELETE /accounts/{accountId}/domains/{domainName}", http.StatusNoContent, op(a.deleteDomain)},
		{"EndUserSession", "DELETE /accounts/{accountId}/users/{userId}/sessions/{sessionId}", http.StatusNoContent, op(a.endUserSession)},
		{"GetAccountSummary", "GET /accounts/{accountId}/summary", http.StatusOK, op(a.getAccountSummary)},
		{"GetAccountWithOpenIdConfig", "GET /accounts/{accountId}/openid-config", http.StatusOK, op(a.getOpenIDConfig)},
		{"GetApp", "GET /apps/{clientId}", http.StatusOK, op(a.getApp)},
		{"GetAuditRecord", "GET /audit/{eventId}", http.StatusOK, op(a.getAuditRecord)},
		{"GetDomain", "GET /accounts/{accountId}/domains/{domainName}", http.StatusOK, op(a.getDomain)},
		{"GetSummary", "GET /summary", http.StatusOK, op(a.getSummary)},
		{"GetUserByEmail", "GET /users", http.StatusOK, op(a.getUserByEmail)},
		{"GetUsersByEntries", "POST /accounts/{accountId}/users?operation=resolve", http.StatusOK, op(a.getUsersByEntries)},
		{"ListApps", "GET /apps", http.StatusOK, op(a.listApps)},
		{"ListAuditRecords", "GET /audit?operation={operation}", http.StatusOK, op(a.listAuditRecords)},
		{"ListDeletedAccounts", "GET /deleted-accounts", http.StatusOK, op(a.listDeletedAccounts)},
		{"ListDomains", "GET /accounts/{accountId}/domains", http.StatusOK, op(a.listDomains)},
		{"ListInvitations", "GET /accounts/{accountId}/invitations", http.StatusOK, op(a.listInvitations)},
		{"ListSignouts", "GET /accounts/{accountId}/users/{userId}/signouts", http.StatusOK, op(a.listSignouts)},
		{"ListUserHistory", "GET /accounts/{accountId}/users/{userId}/history", http.StatusOK, op(a.listUserHistory)},
		{"ListUserSessions", "GET /accounts/{accountId}/users/{userId}/sessions", http.StatusOK, op(a.listUserSessions)},
		{"ListUsersByFilter", "GET /accounts/{accountId}/search", http.StatusOK, op(a.listUsersByFilter)},
		{"RestoreAccount", "POST /accounts/{accountId}?operation=restore", http.StatusOK, op(a.restoreAccount)},
		{"UpdateAccountOpenIdConfig", "PUT /accounts/{accountId}/openid-config", http.StatusOK, op(a.updateOpenIDConfig)},
		{"UpdateApp", "POST /apps/{clientId}", http.StatusOK, op(a.updateApp)},
		{"VerifyDomain", "POST /accounts/{accountId}/domains/{domainName}?operation=verify", http.StatusOK, op(a.verifyDomain)},
		{"sts:GetCallerIdentity", "GET /caller", http.StatusOK, op(a.getCaller)},
	}...)
}
