// Package iam decides who may do what: principals with their access keys, the
// policies attached to them, and the evaluation of a policy against a call.
//
// It owns the policy language (a strict subset of AWS IAM's: what it does not
// know it refuses when a policy is written, and what it cannot read denies), the
// managed policies, the Caller that a request carries, and the administration
// of principals, policies and keys: Admin does it, and Access asks the policies
// of callers of the API first. It does not own signatures (package sigv4) or how
// secrets are sealed (package secret, through Sealer).
//
// # Resources
//
// The operations on one Chime account have the resource
//
//	arn:aws:chime::<tenant>:account/<account id>
//
// and CreateAccount and ListAccounts have the resource "*", which only a
// statement with the Resource "*" covers. AWS itself has no ARN for a Chime
// account; this form is Carillon's own. The operations on one principal have the
// principal's ARN (PrincipalARN), ListUsers and ListPolicies the resource "*".
//
// # Administration
//
// An Allow reaches iam actions when it names their service: "iam:*". "*" and
// NotAction are Chime's there, so that nobody becomes an administrator by the way;
// a Deny of "*", or of all but something, denies iam actions as well.
//
// An account id is opaque and stands in its ARN as it is, nothing escaped: the
// account "a*/b:c" is arn:aws:chime::111122223333:account/a*/b:c. Wildcards are
// wildcards on the side of the policy alone, where there is no way to escape
// one: to name that account and no other its Resource would have to hold the
// character "*", which there means anything. Colons after the fifth belong to
// the id, and a wildcard in an earlier part of an ARN never reaches into it.
package iam
