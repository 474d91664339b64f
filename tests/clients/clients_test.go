package clients_test

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// scenario is a client's program and the command that runs it.
type scenario struct {
	client  string
	command []string
	region  string
	// path is put behind the server's address.
	path string
}

func TestScenario(t *testing.T) {
	t.Parallel()
	scenarios := []scenario{
		{client: "cli", command: []string{"bash", "scenario.sh"}, region: "us-east-1"},
		{client: "boto3", command: []string{pythonWith(t, "boto3"), "scenario.py"}, region: "eu-west-1"},
		{client: "javascript-v3", command: []string{"node", "scenario_v3.mjs"}, region: "us-east-1"},
		{client: "javascript-v2", command: []string{"node", "scenario_v2.mjs"}, region: "us-east-1", path: "/console"},
	}
	for _, sc := range scenarios {
		t.Run(sc.client, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			cmd := exec.Command(sc.command[0], sc.command[1:]...)
			cmd.Env = append(cleanEnviron(), w.environ(sc)...)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
			}
			t.Logf("%s", out)
		})
	}
}

// world is what a scenario runs in: a server that holds the fixture, and the
// keys of the principals that the scenario needs beside the root.
type world struct {
	*server
	reader   accessKey // may read only
	leaver   accessKey // of a disabled principal
	stranger accessKey // of another tenant
}

// newWorld imports the fixture and makes the keys while the server runs, as an
// operator would.
func newWorld(tb testing.TB) world {
	tb.Helper()
	s := startServer(tb)
	s.run(tb, append([]string{"import"}, writeFixture(tb, s.dir)...)...)
	w := world{
		server:   s,
		reader:   s.createKey(tb, "--user", "reader", "--policy", "AmazonChimeReadOnly"),
		leaver:   s.createKey(tb, "--user", "leaver", "--policy", "AmazonChimeFullAccess"),
		stranger: s.createKey(tb, "--user", "stranger", "--policy", "AmazonChimeFullAccess", "--tenant", otherTenant),
	}
	s.run(tb, "principals", "disable", "leaver")
	return w
}

// environ is all that a scenario program is told. The files that would
// configure an AWS client are replaced by an empty one, and the address where
// a virtual machine would find its credentials is switched off.
func (w world) environ(sc scenario) []string {
	endpoint := w.endpoint + sc.path
	return []string{
		"AWS_ACCESS_KEY_ID=" + rootKeyID,
		"AWS_SECRET_ACCESS_KEY=" + rootSecret,
		"AWS_REGION=" + sc.region,
		"AWS_DEFAULT_REGION=" + sc.region,
		"AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_MAX_ATTEMPTS=1",
		"AWS_PAGER=",
		"AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE=1",
		"CARILLON_ENDPOINT=" + endpoint,
		"SCENARIO_TENANT=" + tenant,
		"SCENARIO_TEAM=" + teamAccount,
		"SCENARIO_LWA=" + lwaAccount,
		"SCENARIO_DIRECTORY=" + directoryAccount,
		"SCENARIO_MEMBERS=" + strconv.Itoa(fixtureMembers),
		"READER_KEY_ID=" + w.reader.AccessKeyID,
		"READER_SECRET=" + w.reader.SecretAccessKey,
		"LEAVER_KEY_ID=" + w.leaver.AccessKeyID,
		"LEAVER_SECRET=" + w.leaver.SecretAccessKey,
		"STRANGER_KEY_ID=" + w.stranger.AccessKeyID,
		"STRANGER_SECRET=" + w.stranger.SecretAccessKey,
	}
}

// pythonWith returns a Python that has the module: the one in the path, or the
// system's, where Debian's packages are.
func pythonWith(tb testing.TB, module string) string {
	tb.Helper()
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(python, "-c", "import "+module).Run() == nil {
			return python
		}
	}
	tb.Fatalf("no Python has the module %s: run tests/install.sh", module)
	return ""
}
