package awsapi

import (
	"context"
	"encoding/json"
	"time"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// ListAuditRecordsRequest is the input of ListAuditRecords.
type ListAuditRecordsRequest struct {
	AccountID  *string
	MaxResults *int
	NextToken  *string
	Operation  *string
	Principal  *string
	Since      *time.Time
	Until      *time.Time
}

func (in *ListAuditRecordsRequest) read(r *reader) {
	*in = ListAuditRecordsRequest{
		AccountID:  optional(r.parameter("AccountId", "account-id"), readNonEmptyString),
		MaxResults: optional(r.parameter("MaxResults", "max-results"), readProfileServiceMaxResults),
		NextToken:  optional(r.parameter("NextToken", "next-token"), readString),
		Operation:  optional(r.parameter("Operation", "operation"), readNonEmptyString),
		Principal:  optional(r.parameter("Principal", "principal"), readNonEmptyString),
		Since:      optional(r.parameter("Since", "since"), readTime),
		Until:      optional(r.parameter("Until", "until"), readTime),
	}
}

// AuditRecord is the record of one call.
type AuditRecord struct {
	AccountID *string `json:"AccountId"` // null for a call that concerns no one account
	// Document is the record in CloudTrail's form.
	Document  json.RawMessage `json:"Document"`
	ErrorCode *string         `json:"ErrorCode"` // null for a call that succeeded
	EventID   string          `json:"EventId"`
	EventName string          `json:"EventName"`
	EventTime Timestamp       `json:"EventTime"`
	Principal string          `json:"Principal"`
	Repeats   int64           `json:"Repeats"` // further equal denials of the same minute
}

// ListAuditRecordsResponse is the output of ListAuditRecords.
type ListAuditRecordsResponse struct {
	NextToken *string       `json:"NextToken"`
	Records   []AuditRecord `json:"Records"`
}

// GetAuditRecordRequest is the input of GetAuditRecord.
type GetAuditRecordRequest struct{ EventID string }

func (in *GetAuditRecordRequest) read(r *reader) {
	in.EventID = required(r.label("EventId", "eventId"), readNonEmptyString)
}

// GetAuditRecordResponse is the output of GetAuditRecord.
type GetAuditRecordResponse struct {
	Record AuditRecord `json:"Record"`
}

func wireRecord(e directory.AuditEntry) AuditRecord {
	return AuditRecord{
		AccountID: orNull(string(e.Account)), Document: e.Document, ErrorCode: orNull(e.ErrorCode), EventID: e.ID,
		EventName: e.Operation, EventTime: Timestamp(e.Time), Principal: e.Principal, Repeats: e.Repeats,
	}
}

func (a *api) listAuditRecords(ctx context.Context, in *ListAuditRecordsRequest) (*ListAuditRecordsResponse, error) {
	entries, next, err := a.dir.ListAuditRecords(ctx, directory.AuditFilter{
		Operation: orZero(in.Operation), Principal: orZero(in.Principal), Account: chime.AccountID(orZero(in.AccountID)),
		Since: orZero(in.Since), Until: orZero(in.Until),
	}, page(in.NextToken, in.MaxResults))
	if err != nil {
		return nil, err
	}
	return &ListAuditRecordsResponse{Records: convert(entries, wireRecord), NextToken: orNull(next)}, nil
}

func (a *api) getAuditRecord(ctx context.Context, in *GetAuditRecordRequest) (*GetAuditRecordResponse, error) {
	entry, err := a.dir.GetAuditRecord(ctx, in.EventID)
	if err != nil {
		return nil, err
	}
	return &GetAuditRecordResponse{Record: wireRecord(entry)}, nil
}
