// Package secret seals what must be kept but not read: the secrets of access
// keys in the database, and the page tokens that clients carry.
//
// It owns the master key, the file that holds it, and the form of a sealed
// value. It does not own what is sealed, nor the database's record of which
// master key is the current one: that is package iam.
package secret
