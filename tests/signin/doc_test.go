// Package signin_test signs people in the way they do it: with a browser, at real
// apps, with mail from a real mail server. It drives the carillon binary by the
// commands that administrators have: the AWS CLI and carillon's own.
//
// driver.mjs drives headless Chromium; app_*.mjs are apps made with libraries that
// people use, and goapp_test.go is another; provider.mjs plays the providers that
// people come from. Everything speaks https, with a certificate of the tests', as
// it does where people work: the apps and the providers are other sites than
// Carillon, as far as the browser can tell.
//
// Nothing is skipped: `make deps`, or tests/install.sh, installs what is needed.
// UPDATE_SCREENSHOTS=1 has the tests write docs/images anew.
package signin_test
