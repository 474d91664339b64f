// Package audit makes the record of administrative calls: who did what to
// which account, and with what outcome, in CloudTrail's form.
//
// A successful write is recorded in the transaction of its change, by whoever
// makes that change, with New. Denials and reads have no such transaction; the
// Recorder writes them in the background.
package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/reqctx"
)

// Hidden stands for a value that no record holds.
const Hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// The services that events come from.
const (
	SourceChime = "chime.amazonaws.com"
	SourceIAM   = "iam.amazonaws.com"
)

// Identity is who called.
type Identity struct {
	Type        string         `json:"type"` // IAMUser, AssumedRole for an administrator, Root, Local for the command line, or User for a person's own act
	PrincipalID string         `json:"principalId"`
	ARN         string         `json:"arn"`
	AccountID   chime.TenantID `json:"accountId"`
	AccessKeyID string         `json:"accessKeyId,omitempty"`
	UserName    string         `json:"userName,omitempty"`
	// SessionContext is an administrator's.
	SessionContext *SessionContext `json:"sessionContext,omitempty"`
}

// SessionContext is what CloudTrail says of who assumed a role.
type SessionContext struct {
	SessionIssuer SessionIssuer     `json:"sessionIssuer"`
	Attributes    SessionAttributes `json:"attributes"`
}

// SessionIssuer is the role that was assumed.
type SessionIssuer struct {
	Type     string `json:"type"`
	UserName string `json:"userName"` // of the role
}

// SessionAttributes say how the credentials came into being.
type SessionAttributes struct {
	CreationDate     string `json:"creationDate"`
	MFAAuthenticated string `json:"mfaAuthenticated"`
}

// Person is the identity of somebody who acts for themselves, by signing in, in an
// account of the tenant. They are no principal.
func Person(user chime.UserID, tenant chime.TenantID) Identity {
	return Identity{Type: "User", PrincipalID: string(user), ARN: "user:" + string(user), AccountID: tenant}
}

// Values are request parameters or response elements, under CloudTrail's
// lower-camel names. They MUST NOT hold a secret; mask it with Hidden.
type Values map[string]any

// Event is one call and its outcome.
type Event struct {
	ID        string // of the record to be; NewID when ""
	Source    string // SourceChime when ""
	Operation string
	Identity  Identity
	Tenant    chime.TenantID
	Account   chime.AccountID // "" for a call that concerns no one account
	ReadOnly  bool
	Params    Values
	Response  Values
	Err       error // nil for a call that succeeded
}

// document is a record in CloudTrail's form (its user guide, "record contents").
type document struct {
	EventVersion       string         `json:"eventVersion"`
	UserIdentity       Identity       `json:"userIdentity"`
	EventTime          string         `json:"eventTime"`
	EventSource        string         `json:"eventSource"`
	EventName          string         `json:"eventName"`
	AWSRegion          string         `json:"awsRegion"`
	SourceIPAddress    string         `json:"sourceIPAddress"`
	UserAgent          string         `json:"userAgent"`
	ErrorCode          string         `json:"errorCode,omitempty"`
	ErrorMessage       string         `json:"errorMessage,omitempty"`
	RequestParameters  any            `json:"requestParameters"`
	ResponseElements   any            `json:"responseElements"`
	RequestID          string         `json:"requestID"`
	EventID            string         `json:"eventID"`
	ReadOnly           bool           `json:"readOnly"`
	EventType          string         `json:"eventType"`
	ManagementEvent    bool           `json:"managementEvent"`
	RecipientAccountID chime.TenantID `json:"recipientAccountId"`
	EventCategory      string         `json:"eventCategory"`
}

const (
	// maxText is the longest user agent or message that is kept, in bytes, as
	// CloudTrail does.
	maxText = 1024
	// maxDocument is the longest record, in bytes, in which every parameter is
	// kept whole.
	maxDocument = 100 << 10
)

// NewID makes the id of a record: a UUIDv7, so that the order of ids is that of
// time. Whoever changes something names the record of it by this id.
func NewID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("making an audit id: %w", err)
	}
	return id.String(), nil
}

// New makes the record of an event at the time now. What the context knows of
// the request (source address, user agent, request id) goes into it.
func New(ctx context.Context, now time.Time, e Event) (chime.AuditRecord, error) {
	if e.ID == "" {
		var err error
		if e.ID, err = NewID(); err != nil {
			return chime.AuditRecord{}, err
		}
	}
	doc := document{
		EventVersion:       "1.08",
		UserIdentity:       e.Identity,
		EventTime:          now.UTC().Format(time.RFC3339),
		EventSource:        e.Source,
		EventName:          e.Operation,
		AWSRegion:          "us-east-1",
		RequestParameters:  e.Params,
		ResponseElements:   e.Response,
		EventID:            e.ID,
		ReadOnly:           e.ReadOnly,
		EventType:          "AwsApiCall",
		ManagementEvent:    true,
		RecipientAccountID: e.Tenant,
		EventCategory:      "Management",
	}
	if doc.EventSource == "" {
		doc.EventSource = SourceChime
	}
	doc.describeRequest(reqctx.From(ctx))
	doc.describeError(e.Err)
	text, err := doc.marshal()
	if err != nil {
		return chime.AuditRecord{}, fmt.Errorf("writing the audit record of %s: %w", e.Operation, err)
	}
	return chime.AuditRecord{
		ID:        doc.EventID,
		Time:      now,
		Tenant:    e.Tenant,
		Account:   e.Account,
		Operation: e.Operation,
		Principal: e.Identity.ARN,
		Document:  text,
	}, nil
}

// marshal writes the record. Of one that would be too long, it cuts the long
// texts: ids that are longer than any real one. CloudTrail leaves out all of the
// parameters then; so who calls could hide what they do behind one long id.
func (d *document) marshal() ([]byte, error) {
	text, err := json.Marshal(d)
	if err != nil || len(text) <= maxDocument {
		return text, err
	}
	var whole document
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, err
	}
	whole.RequestParameters, whole.ResponseElements = cutAll(whole.RequestParameters), cutAll(whole.ResponseElements)
	return json.Marshal(whole)
}

// cutAll cuts every text in a JSON value.
func cutAll(value any) any {
	switch v := value.(type) {
	case string:
		return cut(v)
	case []any:
		for i := range v {
			v[i] = cutAll(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = cutAll(v[name])
		}
	}
	return value
}

func (d *document) describeRequest(r *reqctx.Request) {
	d.SourceIPAddress, d.UserAgent = "local", "carillon"
	if r.ClientAddr.IsValid() {
		d.SourceIPAddress, d.UserAgent = r.ClientAddr.String(), cut(r.UserAgent)
	}
	d.RequestID = r.ID
}

func (d *document) describeError(err error) {
	if err == nil {
		return
	}
	d.ResponseElements = nil
	d.ErrorCode = string(chime.ServiceFailure) + "Exception"
	var e *chime.Error
	if errors.As(err, &e) {
		d.ErrorCode, d.ErrorMessage = string(e.Code)+"Exception", cut(e.Message)
	}
}

func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	return text[:maxText]
}

// CloudTrail returns the document of a record with the count of its repeats, where
// CloudTrail has room for it.
func CloudTrail(r chime.AuditRecord) []byte {
	if r.Repeats == 0 {
		return r.Document
	}
	head, _ := bytes.CutSuffix(r.Document, []byte("}"))
	return fmt.Appendf(slices.Clip(head), `,"additionalEventData":{"repeats":%d}}`, r.Repeats)
}
