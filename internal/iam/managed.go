package iam

// Managed is a policy that principals and administrators may be given by its name:
// one that AWS published, or Carillon's own.
type Managed struct {
	Name        string
	Description string
	// Document is the policy, as JSON for people to read.
	Document string
}

// ARN returns the policy's name among AWS's.
func (m Managed) ARN() string { return "arn:aws:iam::aws:policy/" + m.Name }

// ManagedPolicy returns the managed policy of the name; false without one.
func ManagedPolicy(name string) (Managed, bool) {
	for _, m := range ManagedPolicies() {
		if m.Name == name {
			return m, true
		}
	}
	return Managed{}, false
}

// ManagedPolicies returns the managed policies, by name. The chime actions of
// AmazonChime* are those that AWS published (Amazon Chime Administration Guide,
// identity-based policy examples; AWS Managed Policy Reference). What AWS's
// documents say of other services is left out: nothing here could ask for it.
// CarillonAdministrator is Carillon's own, and alone reaches iam actions.
func ManagedPolicies() []Managed {
	return []Managed{
		{Name: "AmazonChimeFullAccess", Description: "Everything", Document: fullAccess},
		{Name: "AmazonChimeReadOnly", Description: "Reading and listing", Document: readOnly},
		{Name: "AmazonChimeUserManagement", Description: "A help desk: people and their settings, accounts only to read", Document: userManagement},
		{Name: AdministratorPolicy, Description: "Everything, and who may do what: principals, keys, policies and administrators", Document: administrator},
	}
}

// AdministratorPolicy is the managed policy that an administrator is given when
// nobody says another: everything that there is. It is Carillon's own.
const AdministratorPolicy = "CarillonAdministrator"

const administrator = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "chime:*",
        "iam:*"
      ],
      "Resource": "*"
    }
  ]
}
`

const fullAccess = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "chime:*",
      "Resource": "*"
    }
  ]
}
`

const readOnly = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "chime:List*",
        "chime:Get*",
        "chime:Describe*",
        "chime:SearchAvailablePhoneNumbers"
      ],
      "Resource": "*"
    }
  ]
}
`

const userManagement = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "chime:ListAccounts",
        "chime:GetAccount",
        "chime:GetAccountSettings",
        "chime:UpdateAccountSettings",
        "chime:ListUsers",
        "chime:GetUser",
        "chime:GetUserByEmail",
        "chime:InviteUsers",
        "chime:InviteUsersFromProvider",
        "chime:SuspendUsers",
        "chime:ActivateUsers",
        "chime:UpdateUserLicenses",
        "chime:ResetPersonalPIN",
        "chime:LogoutUser",
        "chime:ListDomains",
        "chime:GetDomain",
        "chime:ListDirectories",
        "chime:ListGroups",
        "chime:SubmitSupportRequest",
        "chime:ListDelegates",
        "chime:ListAccountUsageReportData",
        "chime:GetMeetingDetail",
        "chime:ListMeetingEvents",
        "chime:ListMeetingsReportData",
        "chime:GetUserActivityReportData",
        "chime:UpdateUser",
        "chime:BatchUpdateUser",
        "chime:BatchSuspendUser",
        "chime:BatchUnsuspendUser",
        "chime:AssociatePhoneNumberWithUser",
        "chime:DisassociatePhoneNumberFromUser",
        "chime:GetPhoneNumber",
        "chime:ListPhoneNumbers",
        "chime:GetUserSettings",
        "chime:UpdateUserSettings",
        "chime:CreateUser",
        "chime:AssociateSigninDelegateGroupsWithAccount",
        "chime:DisassociateSigninDelegateGroupsFromAccount"
      ],
      "Resource": "*"
    }
  ]
}
`
