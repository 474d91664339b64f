package session

import "time"

// limiter bounds how many codes are mailed to an address.
type limiter struct{}

func newLimiter(MACKey, func() time.Time) *limiter { return &limiter{} }
