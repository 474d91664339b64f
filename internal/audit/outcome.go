package audit

import "encoding/json"

// Outcome returns the error code of the call that a record's document is of, "" for
// one that did not fail, and the code by which a batch refused one user, "" when it
// did not.
func Outcome(document []byte, user string) (ofCall, ofUser string) {
	var d struct {
		ErrorCode        string `json:"errorCode"`
		ResponseElements struct {
			UserErrors []struct {
				UserID    string `json:"userId"`
				ErrorCode string `json:"errorCode"`
			} `json:"userErrors"`
		} `json:"responseElements"`
	}
	if err := json.Unmarshal(document, &d); err != nil {
		return d.ErrorCode, ""
	}
	for _, e := range d.ResponseElements.UserErrors {
		if e.UserID == user {
			return d.ErrorCode, e.ErrorCode
		}
	}
	return d.ErrorCode, ""
}
