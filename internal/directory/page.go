package directory

import (
	"strconv"
	"strings"

	"github.com/carillon-id/carillon/internal/chime"
)

// bindToken names a list: what a token of it must not be used apart from.
func bindToken(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(strconv.Itoa(len(p)) + ":" + p)
	}
	return b.String()
}

// position returns where the page begins (after which key) and how long it is.
func (d *Directory) position(bound string, p Page) (after string, limit int, err error) {
	switch {
	case p.Limit == 0:
		limit = DefaultPage
	case p.Limit < 0 || p.Limit > MaxPage:
		return "", 0, chime.Errorf(chime.BadRequest, "A page has 1 to %d items.", MaxPage)
	default:
		limit = p.Limit
	}
	if p.Token == "" {
		return "", limit, nil
	}
	after, err = d.Tokens.OpenToken(bound, p.Token)
	if err != nil {
		return "", 0, chime.Errorf(chime.BadRequest, "The next token is not valid for this list. Start again without one.")
	}
	return after, limit, nil
}

// cutPage cuts a list that was read with one more than the limit, and returns the
// token of the next page, "" after the last.
func cutPage[T any, K ~string](d *Directory, bound string, list []T, limit int, key func(T) K) (page []T, next string) {
	if len(list) <= limit {
		return list, ""
	}
	return list[:limit], d.Tokens.SealToken(bound, string(key(list[limit-1])))
}
