// Package web is what every front end does with an HTTP request before it knows
// what is asked: handlers that return errors, the request id, the access log,
// the limits of size and time, which paths are refused outright, and where a
// request really came from.
//
// It owns no route and no error format: each front end brings an ErrorWriter.
package web
