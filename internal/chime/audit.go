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
