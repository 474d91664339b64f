package console_test

import (
	"testing"

	"github.com/carillon-id/carillon/tests/world"
)

// principals is about programs that call, and what they may do; and about somebody
// who may do little.
func (c console) principals(t *testing.T) {
	a := c.CreateAccount(t, "Looked at")
	p := c.enter(t, "/access")
	p.row("root", "The root: everything")
	p.examine("access")
	p.Press("Create principal")
	p.in("Create a principal").fill("Name", "helpdesk").press("Create")
	p.Heading("helpdesk")
	p.See("It has no policy, and may do nothing")
	p.Press("Attach managed policy")
	d := p.in("Attach a managed policy").call(world.Step("getByRole", "button", map[string]any{"name": "Policy"}), world.Step("click"))
	p.Call(world.Step("getByRole", "option", map[string]any{"name": "AmazonChimeReadOnly"}), world.Step("click"))
	d.press("Attach")
	p.See("The policy AmazonChimeReadOnly was attached.")
	p.Press("Create key")
	keyID, secret := p.secret("helpdesk has a new key")
	p.row(keyID, "Active")
	p.examine("principal")

	reader := c.enterBy(t, "/accounts/"+a.AccountID, key{keyID, secret})
	reader.examine("")
	reader.disabled("Invite users", "Your policies do not allow chime:InviteUsers.")
	reader.tab("Settings")
	reader.disabled("Delete account", "Your policies do not allow chime:DeleteAccount.")
	reader.section("Access")
	reader.See("Your policies do not allow iam:ListUsers.")
	reader.examine("")

	p.Press("Write a policy")
	p.in("Write a policy").fill("Name", "no-lists").fill("Document", `{"Statement": []`).blocked("The document is not JSON.").
		fill("Document", `{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "chime:ListUsers", "Resource": "*"}]}`).press("Save")
	p.See("The policy no-lists was saved.")
	p.Press("Simulate")
	p.Fill("Action", "chime:ListUsers")
	p.Call(world.Named("button", "Simulate"), world.Step("click"))
	p.See("A statement denies it, whatever else allows it.")
	p.examine("simulator")
	p.Fill("Action", "chime:GetAccount")
	p.Call(world.Step("locator", "body"), world.Step("press", "Escape"))
	p.Call(world.Named("button", "Simulate"), world.Step("click"))
	p.See("A statement allows it, and none denies it.")
	p.tab("Policies")
	p.row("no-lists", "A principal's own", "helpdesk")
	p.examine("policies")
	p.Press("Show AmazonChimeReadOnly")
	p.in("AmazonChimeReadOnly").see("chime:Get*").ask("Close")
	p.Call(world.Named("link", "helpdesk"), world.Step("first"), world.Step("click"))
	p.Press("Delete no-lists")
	p.in("Delete no-lists?").press("Delete")
	p.See("helpdesk has the policy no-lists no longer.")

	p.Press("Disable")
	p.in("Disable helpdesk?").press("Disable")
	p.See("helpdesk was disabled.")
	reader.Tolerate("Failed to load resource: the server responded with a status of 40")
	reader.section("Accounts")
	reader.See("The server no longer takes the access key")
	p.Press("Enable")
	p.in("Enable helpdesk?").press("Enable")
	p.Press("Disable " + keyID)
	p.in("Disable this key?").press("Disable")
	p.row(keyID, "Disabled")
	p.Press("Delete " + keyID)
	p.in("Delete this key?").tick("I understand").press("Delete")
	p.See("It has no key, and cannot call")
	p.Press("Detach AmazonChimeReadOnly")
	p.in("Detach AmazonChimeReadOnly?").press("Detach")
	p.Call(world.Named("button", "Delete"), world.Step("click"))
	p.in("Delete helpdesk?").tick("I understand").press("Delete")
	p.See("helpdesk was deleted.")
	p.noRow("helpdesk")
}

// disabled makes sure that a button is disabled, and says why.
func (p page) disabled(button, reason string) {
	p.Helper()
	p.Call(world.Step("getByRole", "button", map[string]any{"name": button, "exact": true, "disabled": true}), world.Step("first"), world.Step("hover"))
	p.Call(world.Step("getByText", reason), world.Step("last"), world.Step("waitFor"))
}

// administrators is about people who administer by signing in.
func (c console) administrators(t *testing.T) {
	const ada = "ada@admins.example"
	a := c.CreateAccount(t, "Example Agency")
	c.Claim(t, a, "admins.example")
	root := c.enter(t, "/access/administrators")
	person := page{c.Open(t, browser), c}
	person.Tolerate("/admin/credentials") // once she is signed in, and no administrator yet
	person.at("/accounts/" + a.AccountID)
	person.Call(world.Named("link", "Sign in"), world.Step("click"))
	person.SignIn(ada)
	person.Fill("Display name", "Ada Lovelace")
	person.Press("Go on")
	person.Heading("Carillon console") // which says that she may not
	person.Accessible(false)

	root.Press("Add administrator")
	d := root.in("Add an administrator").fill("E-mail address", ada)
	d.call(world.Named("button", "Find"), world.Step("first"), world.Step("click"))
	d.see("CarillonAdministrator")
	root.Accessible(false)
	d.press("Add")
	root.row("Ada Lovelace", "CarillonAdministrator")
	root.examine("administrators")

	person.at("/accounts/" + a.AccountID)
	person.row(ada, "Ada Lovelace", "Registered")
	person.selected(ada)
	person.menu("User actions", "Suspend")
	person.in("Suspend 1 user?").see("You are about to suspend yourself.").see("No administrator who signs in would be left.").ask("Cancel")
	person.Call(world.Step("reload")) // she is at once in again
	person.row(ada, "Registered")

	// What she does is hers in the audit.
	person.tab("Settings")
	person.Press("Edit account")
	person.in("Edit account").fill("Name", "Renamed by Ada").press("Save")
	person.Heading("Renamed by Ada")
	person.section("Audit")
	person.row("UpdateAccount", c.UserID(t, a, ada))

	root.Press("Edit the role of Ada Lovelace")
	edit := root.in("Edit the role of Ada Lovelace")
	edit.call(world.Named("button", "Leave out CarillonAdministrator"), world.Step("click"))
	edit.call(world.Step("getByRole", "button", map[string]any{"name": "Policies"}), world.Step("first"), world.Step("click"))
	root.Call(world.Step("getByRole", "option", map[string]any{"name": "AmazonChimeReadOnly"}), world.Step("click"))
	root.Do("key", map[string]any{"key": "Escape"})
	edit.press("Save")
	root.row("Ada Lovelace", "AmazonChimeReadOnly")
	person.at("/accounts/" + a.AccountID)
	person.disabled("Invite users", "Nobody is invited to this account")
	person.tab("Settings")
	person.disabled("Edit account", "Your policies do not allow chime:UpdateAccount.")

	// Somebody else ends her session while she works: she signs in again, where she was.
	person.Tolerate("Failed to load resource: the server responded with a status of 40")
	c.AWS(t, nil, "logout-user", "--account-id", a.AccountID, "--user-id", c.UserID(t, a, ada))
	person.tab("Users")
	person.Press("Read the list anew")
	person.Heading("Carillon console")
	person.See("Your sign-in has ended")
	person.Call(world.Named("link", "Sign in"), world.Step("click"))
	person.SignIn(ada)
	person.row(ada, "Registered")

	root.Press("Revoke the role of Ada Lovelace")
	root.in("Revoke the role of Ada Lovelace?").tick("I understand that nobody else").press("Revoke")
	root.noRow("Ada Lovelace")
	person.section("Accounts")
	person.Heading("Carillon console")
}
