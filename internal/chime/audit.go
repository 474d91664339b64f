package chime

import "time"

// AuditRecord is one call of an operation, as an auditor will read it.
type AuditRecord struct {
	// ID is a UUIDv7; the order of ids is the order of time.
	ID   string
	Time time.Time
	// Tenant is the tenant that the call was made for; Account is "" for calls
	// that concern no one account.
	Tenant    TenantID
	Account   AccountID
	Operation string
	// Principal is the caller's ARN, "local:<os user>" for the command line, or
	// "user:<user id>" for a person's own act.
	Principal string
	// Repeats counts the further equal denials of the same minute.
	Repeats int64
	// Document is the record in CloudTrail's form, without Repeats.
	Document []byte
}

// AuditQuery selects audit records, oldest first.
type AuditQuery struct {
	Tenant    TenantID // "" for every tenant
	Operation string
	Principal string
	Since     time.Time
	// AfterID is the keyset position: only records with a greater id.
	AfterID string
	Limit   int
}

// AuditScan selects audit records by their ids alone, so that a page costs what it
// reads, whatever the caller then looks for.
type AuditScan struct {
	Tenant TenantID // "" for every tenant
	// Account, when set, selects the records about it. The Tenant does not count then:
	// those of calls that others were denied are among them.
	Account AccountID
	// After and Before bound the ids, without these themselves; "" is no bound.
	After, Before string
	// Whole has the records come with their Document.
	Whole bool
	// Newest has the records come newest first, and else oldest first.
	Newest bool
	Limit  int
}
