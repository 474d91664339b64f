package directory_test

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// benchmarkUsers is how many users each of the two accounts has.
const benchmarkUsers = 100_000

// largeDirectory is a directory in a file, with a log that was written back and
// clients that ask for anybody.
func largeDirectory(b *testing.B) (*fixture, *rand.Rand) {
	b.Helper()
	f, _ := populated(b, filepath.Join(b.TempDir(), "carillon.db"), benchmarkUsers)
	b.ResetTimer()
	b.ReportAllocs()
	return f, rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- which users a benchmark asks for
}

// BenchmarkSuspend50 suspends 50 users of an EnterpriseLWA account of 100,000
// and unsuspends them, which costs the same: an iteration is one of the two.
func BenchmarkSuspend50(b *testing.B) {
	f, random := largeDirectory(b)
	ctx := asRoot(b)
	var users []chime.UserID
	for i := 0; b.Loop(); i++ {
		call := f.UnsuspendUsers
		if i%2 == 0 {
			users, call = scattered(random, 50), f.SuspendUsers
		}
		if refusals, err := call(ctx, "lwa", users); err != nil || len(refusals) > 0 {
			b.Fatal(refusals, err)
		}
	}
}

// scattered returns ids from all over the account.
func scattered(random *rand.Rand, n int) []chime.UserID {
	var users []chime.UserID
	for range n {
		users = append(users, numbered("lwa", random.IntN(benchmarkUsers), 1)...)
	}
	return users
}

func BenchmarkGetUser(b *testing.B) {
	f, random := largeDirectory(b)
	ctx := asRoot(b)
	for b.Loop() {
		if _, err := f.GetUser(ctx, "lwa", scattered(random, 1)[0]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGetUserParallel has as many clients as processors.
func BenchmarkGetUserParallel(b *testing.B) {
	f, _ := largeDirectory(b)
	ctx := asRoot(b)
	b.RunParallel(func(pb *testing.PB) {
		random := rand.New(rand.NewPCG(rand.Uint64(), 2)) // #nosec G404 -- which users a benchmark asks for
		for pb.Next() {
			if _, err := f.GetUser(ctx, "lwa", scattered(random, 1)[0]); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkList100 lists 100 users, a page of the account after another.
func BenchmarkList100(b *testing.B) {
	f, _ := largeDirectory(b)
	ctx := asRoot(b)
	page := directory.Page{Limit: 100}
	for b.Loop() {
		users, next, err := f.ListUsers(ctx, "lwa", directory.UserFilter{}, page)
		if err != nil || len(users) != 100 {
			b.Fatal(len(users), err)
		}
		page.Token = next
	}
}
