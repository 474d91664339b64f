// Package world is what the tests with a browser have around them: Carillon as it
// is shipped, a mail server, a DNS server, apps, providers, and headless Chromium.
// Everything speaks https, with a certificate of the tests', as it does where
// people work: the apps and the providers are other sites than Carillon, as far as
// the browser can tell.
//
// The programs that run in Node.js, driver.mjs for the browser among them, are in
// tests/signin. What is here fails the test that asks for it, rather than to
// return errors.
package world
