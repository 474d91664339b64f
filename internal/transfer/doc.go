// Package transfer moves a directory in and out as documents: what the AWS
// command line printed of Amazon Chime comes in, and an export of the same form
// goes out. Documents are streamed, merged and checked here; what becomes of
// them is decided by package directory, which this package calls.
//
// # The form
//
// A stream of JSON documents, each with a member Accounts or Users (a list) or
// Account or User (one), as list-accounts, list-users, get-account and get-user
// print them. Members that are not known are ignored, except that no object may
// name a member twice. What AWS has no member for stands under the member
// Carillon: of an account its AccountSettings and DeletedOn, of a user the
// SignoutEpoch, SignedOutOn, InviteId, EmailStatus, Telephony, WithoutPIN, and
// FormerAccountId and RemovedOn, which make the document the record of a former
// member of a Team account.
//
// # Merging
//
// Documents about the same account, or about the same user in the same account,
// are one record: a value wins over an absent one, two different values are
// refused. A person is in one account, but may have invitations (Unregistered)
// to others and may have left records in Team accounts, so those are records of
// their own. A document that names no account is about the person: it is merged
// into their record in the account that they are in, if the documents know one;
// otherwise it is that of a person who is in no account, as get-user shows
// somebody whom a Team account suspended.
package transfer
