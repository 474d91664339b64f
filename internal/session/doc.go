// Package session keeps what a sign-in issues: logins in progress, mailed codes,
// sessions in browsers, and the codes and tokens of apps. It owns the one rule
// that decides whether any of these is alive (Alive), and the ways to issue,
// redeem and end them. It does not own who somebody is and whether they may sign
// in: that is package directory's, and is asked at each use.
//
// Nothing here is cached, and a revocation deletes nothing. What this package
// issues holds the epoch that its person had; what comes of it holds the same
// one, never a newer. So it does not matter what happens to the person while
// something is being issued: it is dead when they were signed out meanwhile.
//
// An error that is neither ErrDead, nor ErrClient, ErrScope, a *Refusal or a
// *chime.Error is the store's: it does not say that anything is dead.
package session
