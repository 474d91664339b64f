package clients_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// The accounts of the fixture, one of each type whose rules differ.
const (
	teamAccount      = "11111111-aaaa-4aaa-8aaa-000000000001"
	lwaAccount       = "11111111-aaaa-4aaa-8aaa-000000000002"
	directoryAccount = "11111111-aaaa-4aaa-8aaa-000000000003"
)

const (
	// fixtureMembers is how many Registered people the Team and the EnterpriseLWA
	// account have each: more than two pages of 50.
	fixtureMembers = 120
	// directoryMembers is how many the EnterpriseDirectory account has.
	directoryMembers = 3
	created          = "2018-12-20T18:38:02.181Z"
)

// account, user and the rest are the documents that `aws chime` saves: members
// that the service answered with null are not there.
type account struct {
	AwsAccountID         string `json:"AwsAccountId"`
	AccountID            string `json:"AccountId"`
	Name                 string
	AccountType          string
	CreatedTimestamp     string
	DefaultLicense       string
	SupportedLicenses    []string
	AccountStatus        string          `json:",omitempty"`
	SigninDelegateGroups []delegateGroup `json:",omitempty"`
}

type delegateGroup struct{ GroupName string }

type user struct {
	UserID                   string `json:"UserId"`
	AccountID                string `json:"AccountId"`
	PrimaryEmail             string
	DisplayName              string
	LicenseType              string
	UserType                 string
	UserRegistrationStatus   string
	UserInvitationStatus     string `json:",omitempty"`
	RegisteredOn             string
	InvitedOn                string `json:",omitempty"`
	AlexaForBusinessMetadata *alexa `json:",omitempty"`
	PersonalPIN              string `json:",omitempty"`
}

type alexa struct {
	IsAlexaForBusinessEnabled bool
	AlexaForBusinessRoomArn   string `json:",omitempty"`
}

func fixtureAccount(id, name, accountType string) account {
	return account{
		AwsAccountID: tenant, AccountID: id, Name: name, AccountType: accountType,
		CreatedTimestamp: created, DefaultLicense: "Pro", SupportedLicenses: []string{"Basic", "Pro"},
		AccountStatus: "Active",
	}
}

// fixtureUsers makes n Registered people. Their ids are not in the order of
// their numbers, so that a list in order of ids was sorted by somebody.
func fixtureUsers(accountID, prefix string, n int) []user {
	users := make([]user, n)
	for i := range users {
		scattered := uint32(i+1) * 2654435761
		users[i] = user{
			UserID:                 fmt.Sprintf("%08x-%s-4bbb-8bbb-%012d", scattered, accountID[len(accountID)-4:], i+1),
			AccountID:              accountID,
			PrimaryEmail:           fmt.Sprintf("%s-%03d@example.com", prefix, i+1),
			DisplayName:            fmt.Sprintf("%s %03d", prefix, i+1),
			LicenseType:            "Pro",
			UserType:               "PrivateUser",
			UserRegistrationStatus: "Registered",
			RegisteredOn:           created,
		}
	}
	return users
}

// writeFixture writes the fixture as an administrator of Amazon Chime would
// have saved it: list-accounts to one file, list-users of each account to
// another, a document a page. It returns the files.
func writeFixture(tb testing.TB, dir string) []string {
	tb.Helper()
	accounts := []account{
		fixtureAccount(teamAccount, "Fixture Team", "Team"),
		fixtureAccount(lwaAccount, "Fixture LWA", "EnterpriseLWA"),
		fixtureAccount(directoryAccount, "Fixture Directory", "EnterpriseDirectory"),
	}
	team := fixtureUsers(teamAccount, "team", fixtureMembers)
	for i := range team {
		team[i].UserInvitationStatus, team[i].InvitedOn = "Accepted", created
	}
	lwa := fixtureUsers(lwaAccount, "lwa", fixtureMembers)
	return []string{
		// The users come first: documents may be in any order.
		writeDocuments(tb, dir, "team.json", usersPage(team[:100]), usersPage(team[100:])),
		writeDocuments(tb, dir, "lwa.json", usersPage(lwa[:100]), usersPage(lwa[100:])),
		writeDocuments(tb, dir, "directory.json", usersPage(fixtureUsers(directoryAccount, "directory", directoryMembers))),
		writeDocuments(tb, dir, "accounts.json", map[string]any{"Accounts": accounts}),
	}
}

func usersPage(users []user) map[string]any { return map[string]any{"Users": users} }

// writeDocuments writes a stream of JSON documents to a file and returns its path.
func writeDocuments(tb testing.TB, dir, name string, documents ...any) string {
	tb.Helper()
	path := filepath.Join(dir, name)
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	enc := json.NewEncoder(f)
	enc.SetIndent("", "    ")
	for _, doc := range documents {
		if err := enc.Encode(doc); err != nil {
			tb.Fatal(err)
		}
	}
	return path
}
