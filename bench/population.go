package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	tenant = "123456789012"
	// batchSize is the greatest batch that the API takes.
	batchSize = 50
	// smallAccount is how many users each account has but the first.
	smallAccount = 1000
	// pageSize is how many accounts or users a document of an import holds.
	pageSize = 100
)

// account is an account and the ids of its users, sorted.
type account struct {
	id    string
	users []string
}

// population is a directory: the first account has half of the users, the others
// smallAccount each.
type population []account

// serials numbers what is made; it never gives a number twice.
type serials uint64

func (s *serials) uuid() string {
	*s++
	return uuidOf(uint64(*s))
}

func (s *serials) account(users int) account {
	a := account{id: s.uuid(), users: make([]string, users)}
	for i := range a.users {
		a.users[i] = s.uuid()
	}
	slices.Sort(a.users)
	return a
}

// newPopulation returns a population of so many users, and an account of one batch
// beside it, for whoever uses the server before the population is there. It is the
// same in every run.
func newPopulation(users int) (p population, beside account) {
	var s serials
	p = population{s.account(users / 2)}
	for rest := users - users/2; rest > 0; rest -= smallAccount {
		p = append(p, s.account(min(rest, smallAccount)))
	}
	return p, s.account(batchSize)
}

// uuidOf returns the UUID of a number. It looks random.
func uuidOf(n uint64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], scramble(n))
	binary.BigEndian.PutUint64(b[8:], scramble(^n))
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// scramble is the finalizer of SplitMix64.
func scramble(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

func (p population) size() (n int) {
	for _, a := range p {
		n += len(a.users)
	}
	return n
}

// someone is a user and their account.
type someone struct{ account, id string }

// shuffled returns all users in random order.
func (p population) shuffled() []someone {
	all := make([]someone, 0, p.size())
	for _, a := range p {
		for _, id := range a.users {
			all = append(all, someone{a.id, id})
		}
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// nameOf returns somebody's name and address. Addresses have another order than ids.
func nameOf(user string) (name, email string) {
	first := []string{"Ada", "Bob", "Carol", "Dave", "Eve", "Frank", "Grace", "Heidi", "Ivan", "Judy", "Leo", "Nina", "Oscar", "Peggy", "Ruth", "Walter"}
	last := []string{"Chen", "Garcia", "Ito", "Jones", "Khan", "Kim", "Mueller", "Nguyen", "Novak", "Olsen", "Patel", "Rossi", "Silva", "Smith", "Tanaka", "Weber"}
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(user) {
		h = (h ^ uint64(user[i])) * 1099511628211
	}
	h = scramble(h)
	a, b := first[h%16], last[h/16%16]
	return a + " " + b, strings.ToLower(a+"."+b) + "." + user[:8] + user[9:13] + "@example.com"
}

// file writes the population, as the AWS command line prints it, into a file of the
// folder and returns its path.
func (p population) file(dir, name string) (path string, err error) {
	path = filepath.Join(dir, name)
	f, err := os.Create(path)
	if err != nil {
		return "", fmt.Errorf("writing documents: %w", err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	p.documents(w)
	err = w.Flush() // tells of any write that failed
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return "", fmt.Errorf("writing documents: %w", err)
	}
	return path, nil
}

func (p population) documents(w io.Writer) {
	const past = "2020-01-02T03:04:05.678000+00:00"
	document(w, "Accounts", p, func(a account) {
		fmt.Fprintf(w, `{"AwsAccountId": %q, "AccountId": %q, "Name": "Department", "AccountType": "EnterpriseLWA", "CreatedTimestamp": %q, `+
			`"DefaultLicense": "Pro", "SupportedLicenses": ["Basic", "Pro"]}`, tenant, a.id, past)
	})
	for _, a := range p {
		document(w, "Users", a.users, func(user string) {
			name, email := nameOf(user)
			fmt.Fprintf(w, `{"UserId": %q, "AccountId": %q, "PrimaryEmail": %q, "DisplayName": %q, "LicenseType": "Pro", "UserType": "PrivateUser", `+
				`"UserRegistrationStatus": "Registered", "UserInvitationStatus": "Accepted", "RegisteredOn": %q, "InvitedOn": %q, `+
				`"AlexaForBusinessMetadata": {"IsAlexaForBusinessEnabled": false}}`, user, a.id, email, name, past, past)
		})
	}
}

// document writes all of a list, some a document.
func document[T any](w io.Writer, member string, list []T, write func(T)) {
	for some := range slices.Chunk(list, pageSize) {
		fmt.Fprintf(w, "{%q: [\n", member)
		for i, one := range some {
			if i > 0 {
				fmt.Fprint(w, ",\n")
			}
			write(one)
		}
		fmt.Fprint(w, "\n]}\n")
	}
}
