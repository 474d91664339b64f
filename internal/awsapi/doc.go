// Package awsapi speaks the Amazon Chime administration API (2018-05-01, AWS
// rest-json): which request names which operation, how its input is read and
// checked, and how answers and refusals look on the wire.
//
// It owns no rule of the directory: what an operation does is a method of
// package directory. The shapes and their limits are generated from the contract
// of the API by the program in shapesgen.
//
// Where is what: handler.go has the way of a request, routes.go the table of
// operations, router.go how a request finds its line, auth.go and ratelimit.go
// who is let in, bind.go and json.go how input is read, encode.go how output is
// written, errors.go the one error writer, accounts.go and users.go the
// operations, convert.go what they share.
package awsapi

//go:generate go run ./shapesgen
