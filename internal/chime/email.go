package chime

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// MaxEmailLength is the longest address accepted, in bytes: a local part of 64
// and a domain of 255 with the at sign between (RFC 5321, section 4.5.3.1).
const MaxEmailLength = 320

// EmailKey returns the form of an address by which people are looked up:
// two addresses are the same person's when their keys are equal. A domain is the
// same in Unicode and in A-labels. Elsewhere only ASCII letters lose their case:
// beyond them, different mailboxes would become one (the Kelvin sign is a k in lower
// case).
func EmailKey(address string) string { return AddressOrder(ASCIIDomain(address)) }

// AddressOrder returns an address as the members of an account are ordered by it, and
// found by its beginning: with its ASCII letters in lower case, and otherwise as it
// was given.
func AddressOrder(address string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, address)
}

// ASCIIDomain returns an address with its domain in A-labels, as every mail server
// takes it. Any other address, and one whose domain is none, is returned as it is.
func ASCIIDomain(address string) string {
	at := strings.LastIndexByte(address, '@') + 1
	if strings.IndexFunc(address[at:], func(r rune) bool { return r > unicode.MaxASCII }) < 0 {
		return address
	}
	if domain := DomainKey(address[at:]); domain != "" {
		return address[:at] + domain
	}
	return address
}

// DomainKey returns a domain as it is compared and kept: in lower case, in A-labels,
// without the root's dot (RFC 5891); "" for what is no domain.
func DomainKey(name string) string {
	key, err := idna.Registration.ToASCII(strings.ToLower(strings.TrimSuffix(name, ".")))
	if err != nil {
		return ""
	}
	return key
}

// ValidEmail reports whether address has the contract's form (.+@.+\..+), is of
// bearable length, and holds neither white space and control characters nor what
// separates addresses in a list.
func ValidEmail(address string) bool {
	return len(address) <= MaxEmailLength && hasEmailForm(address) && !strings.ContainsAny(address, ",;<>") &&
		!strings.ContainsFunc(address, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
}

// hasEmailForm reports whether there is an at sign behind something, and a dot behind
// that with something on either side.
func hasEmailForm(address string) bool {
	if len(address) < len("a@b.c") {
		return false
	}
	at := 1 + strings.IndexByte(address[1:], '@')
	dot := strings.LastIndexByte(address[:len(address)-1], '.')
	return at > 0 && dot > at+1
}
