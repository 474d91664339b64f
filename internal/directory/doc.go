// Package directory holds the rules: one method an operation, each of which
// authorizes, validates, changes and records over a chime.Store.
//
// Whoever changes the directory (the API, the command line, import, sign-in)
// does it through these methods, so each rule exists once. The package knows
// neither the wire nor SQL. What it was asked for by whom, it reads from the
// context: package iam has the caller there.
package directory
