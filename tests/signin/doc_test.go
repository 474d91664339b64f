// Package signin_test signs people in the way they do it: with a browser, at real
// apps, with mail from a real mail server. It drives the carillon binary by the
// commands that administrators have: the AWS CLI and carillon's own.
//
// The apps, the providers and the browser are of package world; the programs in
// Node.js, app_*.mjs, provider.mjs and driver.mjs, are here.
//
// Nothing is skipped: `make deps`, or tests/install.sh, installs what is needed.
// UPDATE_SCREENSHOTS=1 has the tests write docs/images anew.
package signin_test
