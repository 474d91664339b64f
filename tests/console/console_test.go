package console_test

import (
	"testing"

	"github.com/carillon-id/carillon/tests/world"
)

// TestConsole is what administrators do, at every screen.
func TestConsole(t *testing.T) {
	c := console{world.New(t)}
	for name, story := range map[string]func(*testing.T){
		"accounts": c.accounts,
		"users": c.users,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); story(t) })
	}
}

// accounts is about the list of accounts, and what is done to one as a whole.
func (c console) accounts(t *testing.T) {
	p := c.enter(t, "/accounts")
	p.Heading("Accounts")
	p.Press("Create account")
	p.in("Create an account").fill("Name", "Lovelace & Co").press("Create")
	p.Heading("Lovelace & Co")
	p.See("There are no users yet")
	p.section("Accounts")
	p.row("Lovelace & Co", "Team", "Pro")
	p.examine("accounts")
	p.Call(world.Step("getByLabel", "Search accounts by name, or a member by address"), world.Step("fill", "Love"))
	p.row("Lovelace & Co")
	p.Call(world.Step("getByLabel", "Search accounts by name, or a member by address"), world.Step("fill", "love"))
	p.See("No account's name begins like that")
	p.Call(world.Step("getByLabel", "Search accounts by name, or a member by address"), world.Step("fill", ""))

	p.selected("Lovelace & Co")
	p.menu("Account actions", "Rename, or change the license of new users")
	p.in("Edit account").fill("Name", "Byron & Co").press("Save")
	p.See("The account was changed.")
	p.row("Byron & Co")
	p.selected("Byron & Co")
	p.menu("Account actions", "Delete")
	d := p.in("Delete this account?").see("It holds no domain.").see("It has no users.")
	p.Accessible(false)
	d.tick("I understand that what is known").press("Delete")
	p.See("The account was deleted.")
	p.noRow("Byron & Co")
	p.tab("Disabled")
	p.row("Byron & Co")
	p.examine("")
	p.selected("Byron & Co")
	p.Press("Restore")
	p.in("Restore this account?").press("Restore")
	p.See("is in use again.")
	p.tab("Active")
	p.row("Byron & Co")
}

func (c console) users(t *testing.T) {
	a, documents := enterprise(1, "Users", "users.example", 120)
	c.load(t, documents...)
	p := c.enter(t, "/accounts/"+a.AccountID)
	p.row("user000001@users.example", "User 1", "Registered", "Pro")
	p.examine("users")
	p.selected("user000001@users.example", "user000002@users.example")
	p.menu("User actions", "Suspend")
	p.in("Suspend 2 users?").tick("I understand").press("Suspend")
	p.row("user000001@users.example", "Suspended")
}
