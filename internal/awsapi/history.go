package awsapi

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// HistoryRecord is an audit record, as far as it is about one user.
type HistoryRecord struct {
	ErrorCode     *string   `json:"ErrorCode"` // null for a call that did not fail
	EventID       string    `json:"EventId"`
	EventName     string    `json:"EventName"`
	EventTime     Timestamp `json:"EventTime"`
	Principal     string    `json:"Principal"`
	Repeats       int64     `json:"Repeats"`       // how many equal denials followed within a minute
	UserErrorCode *string   `json:"UserErrorCode"` // by which a batch refused this user
}

func wireHistory(h directory.HistoryRecord) HistoryRecord {
	return HistoryRecord{
		ErrorCode: orNull(h.Error), EventID: h.ID, EventName: h.Operation, EventTime: Timestamp(h.Time), Principal: h.Principal,
		Repeats: h.Repeats, UserErrorCode: orNull(h.UserError),
	}
}

// ListUserHistoryRequest is the input of ListUserHistory.
type ListUserHistoryRequest struct {
	AccountUserRequest
	MaxResults *int
	NextToken  *string
}

func (in *ListUserHistoryRequest) read(r *reader) {
	in.AccountUserRequest.read(r)
	in.MaxResults = optional(r.parameter("MaxResults", "max-results"), readProfileServiceMaxResults)
	in.NextToken = optional(r.parameter("NextToken", "next-token"), readString)
}

// ListUserHistoryResponse is the output of ListUserHistory. A page may be short, or
// empty, and have a next one.
type ListUserHistoryResponse struct {
	NextToken *string         `json:"NextToken"`
	Records   []HistoryRecord `json:"Records"`
}

func (a *api) listUserHistory(ctx context.Context, in *ListUserHistoryRequest) (*ListUserHistoryResponse, error) {
	list, next, err := a.dir.ListUserHistory(ctx, chime.AccountID(in.AccountID), chime.UserID(in.UserID), page(in.NextToken, in.MaxResults))
	if err != nil {
		return nil, err
	}
	return &ListUserHistoryResponse{NextToken: orNull(next), Records: convert(list, wireHistory)}, nil
}
