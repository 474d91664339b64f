// Package clients_test drives the carillon binary with the clients that people
// have: the AWS CLI, boto3, and AWS's SDKs for Go and JavaScript (v3 and v2).
//
// Each client runs the same scenario, in its own language and with its own
// signer, against a server of its own. The steps are listed in README.md; a
// step that is added to one client is added to all. The programs take all they
// need to know from environment variables (see scenarioEnv) and end with a
// status other than 0 and a message at the first answer that is not as it
// should be.
//
// Nothing is skipped: a client that is missing fails the test. `make deps`, or
// tests/install.sh, installs them.
package clients_test
