// Package notify tells the world what a commit changed: apps, by back-channel
// logout, that somebody was signed out, and people, by mail, that they were
// invited. It owns the delivery of the outbox: at once after a commit, at least
// once, by one process at a time, tried again for a day. It owns no rule: what
// there is to tell is written by package directory, in the commit itself.
//
// An event is taken by moving its Due ahead; that is all that keeps processes
// apart. One that is killed loses the event to whoever looks next. What has been
// confirmed is written per app and person, so that it is not told again.
package notify
