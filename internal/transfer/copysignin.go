package transfer

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
)

// copyAll copies what a scan of chime.SigninContents finds. Each of it is so many
// rows of the store.
func copyAll[T any](
	ctx context.Context, c *copying, what string, rows int64,
	scan func(ctx context.Context, after T, limit int) ([]T, error), put func(context.Context, ...T) error,
) error {
	return pages(c, what, rows, func(last *T) ([]T, error) {
		if last == nil {
			last = new(T)
		}
		return scan(ctx, *last, copyPage)
	}, func(page []T) error { return put(ctx, page...) })
}

// each writes a page one by one.
func each[T any](put func(context.Context, T) error) func(context.Context, ...T) error {
	return func(ctx context.Context, page ...T) error {
		for _, value := range page {
			if err := put(ctx, value); err != nil {
				return err
			}
		}
		return nil
	}
}

// inOrder runs parts until one fails.
func inOrder(parts ...func() error) error {
	for _, part := range parts {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func (c *copying) apps(ctx context.Context) error {
	return copyAll(ctx, c, "apps", 2, c.from.ScanApps, each(c.to.PutApp))
}

// signedIn copies what sign-ins have issued.
func (c *copying) signedIn(ctx context.Context) error {
	return inOrder(
		func() error { return copyAll(ctx, c, "sessions", 1, c.from.ScanSessions, c.sessions) },
		func() error { return copyAll(ctx, c, "grants", 1, c.from.ScanGrants, c.to.PutGrants) },
		func() error { return copyAll(ctx, c, "credentials", 1, c.from.ScanCredentials, c.to.PutCredentials) },
		func() error { return copyAll(ctx, c, "logins", 1, c.from.ScanLogins, each(c.to.PutLogin)) },
	)
}

// sessions writes sessions. One that a provider's session vouches for is a row more.
func (c *copying) sessions(ctx context.Context, page ...chime.Session) error {
	for _, s := range page {
		if s.Upstream != nil && s.Upstream.SID != "" {
			c.done++
		}
	}
	return c.to.PutSessions(ctx, page...)
}

// identities copies what proves who somebody is.
func (c *copying) identities(ctx context.Context) error {
	return inOrder(
		func() error { return copyAll(ctx, c, "passkeys", 1, c.from.ScanPasskeys, each(c.to.PutPasskey)) },
		func() error { return copyAll(ctx, c, "links", 1, c.from.ScanLinks, each(c.to.PutLink)) },
	)
}

// domains copies the domains and the providers of accounts.
func (c *copying) domains(ctx context.Context) error {
	claim := func(ctx context.Context, claim chime.DomainClaim) error {
		return c.to.Claim(ctx, claim.Name, claim.Account)
	}
	return inOrder(
		func() error { return copyAll(ctx, c, "verified domains", 1, c.from.ScanClaims, each(claim)) },
		func() error { return copyAll(ctx, c, "domains", 1, c.from.ScanDomains, each(c.to.PutDomain)) },
		func() error { return copyAll(ctx, c, "providers", 1, c.from.ScanProviders, each(c.to.PutProvider)) },
	)
}

func (c *copying) outbox(ctx context.Context) error {
	return inOrder(
		func() error { return copyAll(ctx, c, "events", 1, c.from.ScanEvents, each(c.to.AppendEvent)) },
		func() error { return copyAll(ctx, c, "deliveries", 1, c.from.ScanDeliveries, c.to.AddDeliveries) },
	)
}
