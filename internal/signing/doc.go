// Package signing makes the signatures that apps verify: it owns the keys of ID
// tokens and logout tokens, when they change, and the key set that is published.
//
// A key is next, then active, then retired. It is published before it signs
// anything, so that whoever caches the set has it in time, and for as long after
// it signed as a token of it may come back as an id_token_hint. The keys are one
// value of the settings, sealed, so that several servers on one database agree.
//
// What the tokens say is not decided here: package oidc and package notify do.
package signing
