package awsapi

import (
	"time"

	"github.com/carillon-id/carillon/internal/directory"
)

// The wire tells absent from empty, the directory does not: its zero values are
// what is absent here.

// orNull is nil for the zero value.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// given is nil for a pointer to the zero value.
func given[T comparable](p *T) *T {
	var zero T
	if *p == zero {
		return nil
	}
	return p
}

func orNullTime(t time.Time) *Timestamp {
	if t.IsZero() {
		return nil
	}
	return new(Timestamp(t))
}

// orZero is the zero value for nil.
func orZero[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// cast turns an optional string of the wire into one of the directory's types.
func cast[To, From ~string](p *From) *To {
	if p == nil {
		return nil
	}
	return new(To(*p))
}

// convert maps a list. The result is never nil, so that it is [] on the wire.
func convert[From, To any](list []From, f func(From) To) []To {
	out := make([]To, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

func page(token *string, limit *int) directory.Page {
	return directory.Page{Token: orZero(token), Limit: orZero(limit)}
}
