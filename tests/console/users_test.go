package console_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/chime"
	"github.com/aws/aws-sdk-go-v2/service/chime/types"

	"github.com/carillon-id/carillon/tests/world"
)

// state asks the API where somebody stands.
func (c console) state(t *testing.T, account, user string) (types.RegistrationStatus, types.License) {
	t.Helper()
	got, err := c.api().GetUser(t.Context(), &chime.GetUserInput{AccountId: &account, UserId: &user})
	if err != nil {
		t.Fatal(err)
	}
	return got.User.UserRegistrationStatus, got.User.LicenseType
}

// users is about the users of an enterprise account: finding them, and what is done
// to them.
func (c console) users(t *testing.T) {
	const number = 10
	a, documents := enterprise(number, "Example Corp", "users.example", 120)
	c.load(t, documents...)
	p := c.enter(t, "/accounts/"+a.AccountID)
	name := func(i int) string { return fmt.Sprintf("user%06d@users.example", i) }
	p.row(name(1), "User 1", "Registered", "Pro")
	p.examine("users")
	p.Size(world.Phone)
	p.Picture("console/users-phone", false)
	p.Size(window)
	p.navigable()

	// Suspended, activated, licensed, signed out.
	p.selected(name(1), name(2))
	p.menu("User actions", "Suspend")
	d := p.in("Suspend 2 users?").see(name(2)).see("They are signed out at once of all apps on all devices")
	p.Accessible(false)
	p.Picture("console/suspend", false)
	d.tick("I understand").press("Suspend")
	p.See("2 users were suspended.")
	p.row(name(1), "Suspended")
	if got, _ := c.state(t, a.AccountID, id(number, 2)); got != types.RegistrationStatusSuspended {
		t.Errorf("the second user: got %s, want Suspended", got)
	}
	p.selected(name(2))
	p.See("Sessions, history and settings of this user") // in the panel
	p.examine("panel")
	p.menu("User actions", "Activate")
	p.in("Activate 1 user?").press("Activate")
	p.row(name(2), "Registered")
	p.selected(name(2), name(3), name(4))
	p.menu("User actions", "Assign license")
	p.in("Assign a license to 3 users").choose("Basic").press("Assign")
	p.row(name(3), "Basic")
	if _, got := c.state(t, a.AccountID, id(number, 4)); got != types.LicenseBasic {
		t.Errorf("the fourth user: got the license %s, want Basic", got)
	}
	p.selected(name(5))
	p.menu("User actions", "Sign out")
	p.in("Sign out 1 user?").press("Sign out")
	p.See(name(5) + " was signed out.")
	p.selected(name(5))
	p.menu("User actions", "Reset personal PIN")
	p.in("Reset the personal PIN?").ask("Reset")
	pin := p.Text(p.in("The new personal PIN").steps(world.Step("locator", "code"), world.Step("innerText"))...)
	p.in("The new personal PIN").press("Close")
	got, err := c.api().GetUser(t.Context(), &chime.GetUserInput{AccountId: &a.AccountID, UserId: new(id(number, 5))})
	if err != nil || got.User.PersonalPIN == nil || *got.User.PersonalPIN != pin {
		t.Errorf("the PIN that was shown: got %q, want the directory's (%v)", pin, err)
	}

	// Found, and all that match.
	find := world.Step("getByLabel", "Search users by address")
	p.Call(find, world.Step("last"), world.Step("fill", "USER00001"))
	p.row(name(10))
	p.noRow(name(1))
	p.Press("Clear filters")
	p.pick("Status", "Suspended")
	p.row(name(1), "Suspended")
	p.noRow(name(2))
	p.Call(world.Step("reload")) // the filter is in the address
	p.useKey(root)
	p.row(name(1), "Suspended")
	p.noRow(name(2))
	p.Press("Clear filters")
	p.pick("License", "Basic")
	p.row(name(4), "Basic")
	p.noRow(name(5))
	p.Press("Clear filters")
	p.row(name(5))
	p.Press("Next page")
	p.row(name(51))
	p.Press("Next page")
	p.row(name(120))
	p.selectAll()
	p.See("All users on this page are selected.")
	p.examine("")
	p.Call(world.Named("link", "Go on with all users"), world.Step("click"))
	p.Heading("New run")
}

func (p page) selectAll() {
	p.Helper()
	p.Call(world.Step("locator", `input[aria-label="Select all on this page"]`), world.Step("first"), world.Step("check", map[string]any{"force": true}))
}

// team is about a team, which people join by invitations.
func (c console) team(t *testing.T) {
	const ada, bob, eve = "ada@team.example", "bob@team.example", "eve@team.example"
	a := c.CreateAccount(t, "Analysts")
	p := c.enter(t, "/accounts/"+a.AccountID+"/users")
	p.first("Invite users")
	d := p.in("Invite users").fill("Addresses", ada+"; "+bob+",\n"+eve+" nonsense")
	d.see("No mail addresses: nonsense")
	p.Accessible(false)
	d.fill("Addresses", "Ada <"+ada+">; "+bob+",\n"+eve).press("Invite 3")
	p.See("3 people were invited.")
	p.row(ada, "Invited")
	link := c.Mail.Next(t, ada).Link(t)
	p.tab("Invitations")
	p.row(bob, "Sent")
	p.examine("invitations")
	p.selected(eve)
	p.Press("Withdraw")
	p.in("Withdraw the invitation?").press("Withdraw")
	p.noRow(eve)

	person := c.Open(t, nil)
	person.GoTo(link)
	person.Press("Accept")
	person.Press("Next")
	person.Fill("Code", c.Mail.Next(t, ada).Code(t))
	person.Press("Sign in")
	person.Fill("Display name", "Ada Lovelace")
	person.Press("Go on")
	person.See("You have joined the account.")

	p.tab("Users")
	p.Press("Read the list anew")
	p.row(ada, "Ada Lovelace", "Registered")
	p.selected(ada, bob)
	p.menu("User actions", "Remove")
	p.in("Remove 2 users?").see("They leave the account").see("the invitation is withdrawn").tick("I understand that only a new invitation").press("Remove")
	p.See("2 users were removed.")
	if got := c.members(t, a.AccountID); len(got) != 0 {
		t.Errorf("the members after all were removed: got %v, want none", got)
	}
}

// members are the addresses of an account's users, as the API lists them.
func (c console) members(t *testing.T, account string) (addresses []string) {
	t.Helper()
	pages := chime.NewListUsersPaginator(c.api(), &chime.ListUsersInput{AccountId: &account})
	for pages.HasMorePages() {
		some, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range some.Users {
			if u.UserRegistrationStatus != types.RegistrationStatusSuspended {
				addresses = append(addresses, *u.PrimaryEmail)
			}
		}
	}
	return addresses
}

// devices is about an account by directory: its shared devices, and who may sign in
// on behalf of them.
func (c console) devices(t *testing.T) {
	a := account{id(11, 0), "Directory", "EnterpriseDirectory"}
	c.load(t, map[string]any{"Accounts": []account{a}})
	p := c.enter(t, "/accounts/"+a.AccountID)
	p.Press("Create shared device")
	p.in("Create a shared device").fill("Name", "Room 101").fill("Address", "room101@devices.example").press("Create")
	p.row("room101@devices.example", "Room 101")
	p.tab("Identity")
	p.Press("Add groups")
	p.in("Add sign-in delegates").fill("Groups", "front-desk\nfacility").press("Add")
	p.row("front-desk")
	p.examine("")
	p.selected("facility")
	p.Press("Remove groups")
	p.in("Remove this group?").press("Remove")
	p.noRow("facility")
}

// names shows that nothing that accounts and people are called breaks a screen.
func (c console) names(t *testing.T) {
	names := []string{
		`<img src=x onerror="document.title='hit'">`, strings.Repeat("Wolfeschlegelsteinhausenbergerdorff", 2),
		"ليلى بنت عبد الرحمن الطويلة", "=HYPERLINK(\"https://evil.example\")", "דוד בן־גוריון (ת״א)",
	}
	a := account{id(12, 0), `<b onclick=alert(1)>Ünï</b> ` + names[2], "EnterpriseLWA"}
	var users []user
	for i, name := range names {
		users = append(users, user{a.AccountID, id(12, i+1), fmt.Sprintf("%s%d@names.example", strings.Repeat("long", i*3), i), name, "Registered", "Pro"})
	}
	c.load(t, map[string]any{"Accounts": []account{a}}, map[string]any{"Users": users})
	p := c.enter(t, "/accounts/"+a.AccountID)
	p.Heading(a.Name)
	for _, name := range names {
		p.See(name)
	}
	p.examine("")
	for _, u := range users[:3] {
		p.Call(world.Named("link", u.PrimaryEmail), world.Step("click"))
		p.Heading(u.DisplayName)
		p.examine("")
		p.Call(world.Step("goBack"))
	}
	p.section("Accounts")
	p.row(a.Name)
	p.examine("")
	if title := p.Text(world.Step("title")); strings.Contains(title, "hit") {
		t.Errorf("got the title %q: what somebody is called was run", title)
	}
}

// together is about two administrators at once.
func (c console) together(t *testing.T) {
	const ada, bob = "ada@together.example", "bob@together.example"
	a := c.CreateAccount(t, "Together")
	if _, err := c.api().InviteUsers(t.Context(), &chime.InviteUsersInput{AccountId: &a.AccountID, UserEmailList: []string{ada, bob}}); err != nil {
		t.Fatal(err)
	}
	p := c.enter(t, "/accounts/"+a.AccountID)
	p.row(ada)
	p.selected(ada, bob)
	p.menu("User actions", "Remove")
	d := p.in("Remove 2 users?").tick("I understand")
	c.Change(t, "batch-suspend-user", a, c.UserID(t, a, ada)) // by somebody else, meanwhile
	d.ask("Remove")
	p.in("Not all were removed").see("It was done for 1 user, and not for 1 user.").see("somebody else removed the user meanwhile")
	p.Accessible(false)
	p.in("Not all were removed").press("Close")
	p.noRow(ada)
	p.noRow(bob)

	// What somebody else renames is kept, when something else is changed here.
	p.tab("Settings")
	p.Press("Edit account")
	edit := p.in("Edit account")
	if _, err := c.api().UpdateAccount(t.Context(), &chime.UpdateAccountInput{AccountId: &a.AccountID, DefaultLicense: types.LicenseBasic}); err != nil {
		t.Fatal(err)
	}
	edit.fill("Name", "Still together").press("Save")
	got, err := c.api().GetAccount(t.Context(), &chime.GetAccountInput{AccountId: &a.AccountID})
	if err != nil || *got.Account.Name != "Still together" || got.Account.DefaultLicense != types.LicenseBasic {
		t.Errorf("after two changes at once: got %+v (%v), want both", got.Account, err)
	}
}

// keyboard suspends somebody without a mouse.
func (c console) keyboard(t *testing.T) {
	a, documents := enterprise(13, "Keyboard", "keyboard.example", 3)
	c.load(t, documents...)
	p := c.open(t, "/accounts/"+a.AccountID)
	p.Heading("Carillon console")
	k := keys{p}
	k.to("Access key ID")
	k.typed(root.ID)
	k.press("Tab")
	k.typed(root.Secret)
	k.press("Enter")
	p.row("user000002@keyboard.example")
	k.to("Select user000002@keyboard.example")
	k.press("Space")
	k.back("User actions")
	k.press("Enter", "ArrowDown")
	for k.focused() != "Suspend" {
		k.press("ArrowUp")
	}
	k.press("Enter")
	p.in("Suspend 1 user?")
	k.to("I understand that they are signed out everywhere at once")
	k.press("Space")
	k.to("Suspend")
	k.press("Enter")
	p.row("user000002@keyboard.example", "Suspended")
	if got, _ := c.state(t, a.AccountID, id(13, 2)); got != types.RegistrationStatusSuspended {
		t.Errorf("got %s, want Suspended", got)
	}
}

// keys is the keyboard of somebody who has no mouse.
type keys struct{ p page }

func (k keys) press(keys ...string) {
	k.p.Helper()
	for _, key := range keys {
		k.p.Do("key", map[string]any{"key": key})
	}
}

func (k keys) typed(text string) { k.p.Do("type", map[string]any{"text": text}) }

// focused is the name of what has the focus.
func (k keys) focused() string {
	k.p.Helper()
	const name = `(() => { const e = document.activeElement; const by = (e.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean);
		return (e.getAttribute("aria-label") || by.map((id) => document.getElementById(id)?.textContent ?? "").join(" ") ||
			[...(e.labels ?? [])].map((l) => l.textContent).join(" ") || e.textContent || e.tagName).trim(); })()`
	return k.p.Text(world.Step("evaluate", name))
}

// to presses Tab until something has the focus; back does the same the other way.
func (k keys) to(name string)   { k.p.Helper(); k.until(name, "Tab") }
func (k keys) back(name string) { k.p.Helper(); k.until(name, "Shift+Tab") }

func (k keys) until(name, key string) {
	k.p.Helper()
	var seen []string
	for range 80 {
		focused := k.focused()
		if focused == name {
			return
		}
		seen = append(seen, focused)
		if strings.HasPrefix(name, "Select ") && strings.HasPrefix(focused, "Select ") {
			k.press("ArrowDown") // from row to row: Tab would leave the table
		} else {
			k.press(key)
		}
	}
	k.p.Fatalf("%q never has the focus, but %v", name, slices.Compact(seen))
}
