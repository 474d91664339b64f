// Package console_test administers in the way people do it: with a browser, at the
// web console of the binary as it is shipped. It compares what the console shows
// with what the API says, and has people and their apps meet what was done.
//
// A browser that complains fails a test: of an error in a script, of what the
// Content-Security-Policy forbids, and of an answer with an error's status that the
// test has not provoked. Each screen is examined for accessibility in the light and
// in the dark, for a phone's width, and for requests to other hosts.
//
// The browser and what is around it are of package world. UPDATE_SCREENSHOTS=1 has
// the tests write docs/images/console anew; CARILLON_CONSOLE_USERS is how many users
// the large account has.
package console_test
