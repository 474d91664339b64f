package clients_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The ids that the AWS CLI's published examples use.
const (
	exampleAccount   = "a1b2c3d4-5678-90ab-cdef-11111EXAMPLE"
	exampleDirectory = "12a3456b-7c89-012d-3456-78901e23fg45"
	exampleDevice    = "1ab2345c-67de-8901-f23g-45h678901j2k"
)

// published lists the commands of the CLI that Carillon serves, by the type of
// the example account that their example makes sense with, in the order in
// which they are run.
var published = map[string][]string{
	"EnterpriseDirectory": {
		"create-account", "list-accounts", "get-account", "get-account-settings", "update-account-settings",
		"associate-signin-delegate-groups-with-account", "disassociate-signin-delegate-groups-from-account",
		"create-user", "update-user-settings", "get-user-settings",
	},
	"EnterpriseLWA": {
		"list-users", "update-user", "batch-update-user", "reset-personal-pin", "logout-user",
		"batch-suspend-user", "batch-unsuspend-user",
	},
	"Team":  {"get-user", "update-account", "invite-users"},
	"empty": {"delete-account"}, // a Team account without members
}

// notAnswered are members of an example's output that have no value here.
var notAnswered = map[string][]string{
	// Sign-in delegate groups belong to directories; the examples show them on a Team account.
	"create-account": {"SigninDelegateGroups", "GroupName"},
	"update-account": {"SigninDelegateGroups", "GroupName"},
}

// TestPublishedExamples runs the AWS CLI's own examples word for word, as they
// come with the CLI, and looks for each member of their output in the answer.
func TestPublishedExamples(t *testing.T) {
	t.Parallel()
	dir := examplesDir(t)
	for accountType, commands := range published {
		t.Run(accountType, func(t *testing.T) {
			t.Parallel()
			s := startServer(t)
			s.run(t, "import", writeExampleFixture(t, s.dir, accountType))
			for _, command := range commands {
				t.Run(command, func(t *testing.T) { runExample(t, s, dir, command) })
			}
		})
	}
}

func runExample(t *testing.T, s *server, dir, command string) {
	text, err := os.ReadFile(filepath.Join(dir, command+".rst"))
	if err != nil {
		t.Fatal(err)
	}
	line, output := parseExample(strings.ReplaceAll(string(text), "\r\n", "\n"))
	if !strings.HasPrefix(line, "aws chime "+command+" ") && line != "aws chime "+command {
		t.Fatalf("the example's command: got %q, want one of aws chime %s", line, command)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("sh", "-c", strings.Replace(line, "aws chime", `aws --output json --endpoint-url "$CARILLON_ENDPOINT" chime`, 1))
	cmd.Env = append(cleanEnviron(), world{server: s}.environ(scenario{region: "us-east-1"})...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, stderr.String())
	}
	got := memberNames(stdout.String())
	for _, want := range memberNames(output) {
		if !slices.Contains(got, want) && !slices.Contains(notAnswered[command], want) {
			t.Errorf("%s: the published output has %s, got\n%s", line, want, stdout.String())
		}
	}
}

var memberPattern = regexp.MustCompile(`"([A-Za-z]+)":`)

// memberNames finds names of members by their look, since the published
// outputs are not quite JSON.
func memberNames(text string) []string {
	var names []string
	for _, m := range memberPattern.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

// parseExample returns the first command of an example's page as one line, and
// what follows "Output::".
func parseExample(text string) (line, output string) {
	before, output, _ := strings.Cut(text, "\nOutput::\n")
	_, command, _ := strings.Cut(before, "::\n")
	var words []string
	for l := range strings.Lines(command) {
		// Some continued lines lack their backslash.
		word := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(l), `\`))
		if word == "" && len(words) > 0 {
			break
		}
		if word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " "), output
}

// writeExampleFixture writes what the examples of an account type expect to
// be there.
func writeExampleFixture(tb testing.TB, dir, accountType string) string {
	tb.Helper()
	members, groups := 4, []delegateGroup(nil)
	switch accountType {
	case "empty":
		accountType, members = "Team", 0
	case "EnterpriseDirectory":
		groups = []delegateGroup{{GroupName: "myGroup"}}
	}
	example := fixtureAccount(exampleAccount, "Example", accountType)
	example.SigninDelegateGroups = groups
	users := fixtureUsers(exampleAccount, "example", members)
	for i := range users {
		users[i].UserID = strings.Replace("a1b2c3d4-5678-90ab-cdef-NNNNNEXAMPLE", "NNNNN", strings.Repeat(string(rune('2'+i)), 5), 1)
		users[i].AlexaForBusinessMetadata = &alexa{AlexaForBusinessRoomArn: "arn:aws:a4b:us-east-1:111122223333:room/example"}
		if accountType == "Team" {
			users[i].UserInvitationStatus, users[i].InvitedOn = "Accepted", created
		}
	}
	device := fixtureUsers(exampleDirectory, "device", 1)
	device[0].UserID, device[0].UserType = exampleDevice, "SharedDevice"
	return writeDocuments(tb, dir, "examples.json",
		map[string]any{"Accounts": []account{example, fixtureAccount(exampleDirectory, "Directory", "EnterpriseDirectory")}},
		usersPage(users), usersPage(device))
}

// examplesDir finds the folder of the examples in the installed AWS CLI.
func examplesDir(tb testing.TB) string {
	tb.Helper()
	var packages []string
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if out, err := exec.Command(python, "-c", "import awscli; print(awscli.__path__[0])").Output(); err == nil {
			packages = append(packages, strings.TrimSpace(string(out)))
		}
	}
	// AWS's own installer puts them beside the program.
	if aws, err := exec.LookPath("aws"); err == nil {
		if aws, err = filepath.EvalSymlinks(aws); err == nil {
			packages = append(packages, filepath.Join(filepath.Dir(aws), "awscli"))
		}
	}
	for _, p := range packages {
		dir := filepath.Join(p, "examples", "chime")
		if _, err := os.Stat(filepath.Join(dir, "create-account.rst")); err == nil {
			return dir
		}
	}
	tb.Fatalf("the AWS CLI's examples are in none of %q: run tests/install.sh", packages)
	return ""
}
