package console_test

import (
	"testing"

	"github.com/carillon-id/carillon/tests/world"
)

// search is the field that looks for accounts.
const search = "Search accounts by name, or a member by address"

// accounts is about the list of accounts, and what is done to one as a whole.
func (c console) accounts(t *testing.T) {
	_, documents := enterprise(2, "Members", "members.example", 3)
	c.load(t, documents...)
	p := c.enter(t, "/accounts")
	p.Heading("Accounts")
	p.Press("Create account")
	p.in("Create an account").fill("Name", "Lovelace & Co").press("Create")
	p.Heading("Lovelace & Co")
	p.See("There are no users yet")
	p.section("Accounts")
	p.row("Lovelace & Co", "Team", "Pro")
	p.examine("accounts")
	find := func(text string) {
		p.Call(world.Step("getByLabel", search), world.Step("last"), world.Step("fill", text))
	}
	find("Love")
	p.row("Lovelace & Co")
	p.noRow("Members")
	find("love")
	p.See("No account's name begins like that")
	find("User000002@members.example")
	p.row("user000002@members.example", "Members", "Registered")
	p.examine("")
	find("")

	p.selected("Lovelace & Co")
	p.menu("Account actions", "Rename, or change the license of new users")
	p.in("Edit account").fill("Name", "Byron & Co").press("Save")
	p.See("The account was changed.")
	p.row("Byron & Co")
	p.selected("Members")
	p.menu("Account actions", "Delete")
	p.in("Delete this account?").see("It has users: they leave when its domains are removed.").ask("Cancel")
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

// settings is about what an account is.
func (c console) settings(t *testing.T) {
	a, documents := enterprise(3, "Example Bank", "settings.example", 1)
	c.load(t, documents...)
	p := c.enter(t, "/accounts/"+a.AccountID+"/settings")
	p.See("People of its verified domains belong to it.")
	p.examine("settings")
	p.Press("Edit account")
	p.in("Edit account").fill("Name", "Set").press("Save")
	p.See("The account was changed.")
	p.Heading("Set")
	p.Press("Edit account")
	d := p.in("Edit account").call(world.Step("getByRole", "button", map[string]any{"name": "License for new members"}), world.Step("click"))
	p.Call(world.Step("getByRole", "option", map[string]any{"name": "Basic"}), world.Step("click"))
	d.press("Save")
	p.Call(world.Step("getByLabel", "Outbound calling"), world.Step("first"), world.Step("check", map[string]any{"force": true}))
	p.Press("Save")
	p.See("The meeting settings were saved.")
	p.Call(world.Step("reload"))
	p.useKey(root)
	p.See("Basic")
	if on := p.Call(world.Step("getByLabel", "Outbound calling"), world.Step("first"), world.Step("isChecked")); string(on) != "true" {
		t.Errorf("outbound calling after it was saved: got checked %s, want true", on)
	}
}

// nothing is about addresses that lead nowhere.
func (c console) nothing(t *testing.T) {
	p := c.enter(t, "/nowhere")
	p.See("There is no such page")
	p.examine("")
	p.Tolerate("Failed to load resource: the server responded with a status of 404")
	for path, says := range map[string]string{
		"/accounts/" + id(99, 0):                        "There is no such account",
		"/accounts/" + id(99, 0) + "/users/" + id(9, 9): "There is no such account",
		"/apps/none":              "There is no such app",
		"/access/principals/none": "There is no such principal",
		"/audit/none":             "There is no such record",
		"/bulk/none":              "This browser keeps no such run",
	} {
		p.at(path)
		p.useKey(root)
		p.See(says)
	}
	p.examine("")
}
