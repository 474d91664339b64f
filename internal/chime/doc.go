// Package chime is the domain: accounts, the people in them, who may
// administer them, what is recorded, and the contract of the store that keeps
// it all.
//
// It owns the vocabulary and the promises (Store, Tx, Error). It owns no rule:
// what an operation does to an account or a person is in package directory.
// It imports the standard library only, so every other package can speak it.
package chime
