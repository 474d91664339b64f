// Package console serves the web console: the files that `make console` builds
// from the folder console of the repository, and that the binary carries. They
// hold no data and need no permission; what the console shows it asks of the API,
// with requests that are signed like everybody's.
package console
