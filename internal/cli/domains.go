package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

func (e Env) domains() *cobra.Command {
	return group("domains", "Claim mail domains for an account, verify and release them",
		e.domainsAdd(), e.domainsVerify(), e.domainsList(), e.domainsRemove())
}

// printedDomain is a domain as the commands print it.
type printedDomain struct {
	AccountID   chime.AccountID    `json:"AccountId"`
	DomainName  string             `json:"DomainName"`
	Status      chime.DomainStatus `json:"Status"`
	RecordName  string             `json:"RecordName"`
	RecordType  string             `json:"RecordType"`
	RecordValue string             `json:"RecordValue"`
	Added       string             `json:"AddedTimestamp"`
	Verified    string             `json:"VerifiedTimestamp,omitempty"`
}

func describeDomain(d chime.Domain) printedDomain {
	name, text := directory.ProofRecord(d)
	p := printedDomain{
		AccountID: d.Account, DomainName: d.Name, Status: d.Status,
		RecordName: name, RecordType: "TXT", RecordValue: text, Added: when(d.Added),
	}
	if !d.Verified.IsZero() {
		p.Verified = when(d.Verified)
	}
	return p
}

func (e Env) printDomain(d chime.Domain, out *output) error {
	p := describeDomain(d)
	if out.json() {
		return printJSON(e.Stdout, p)
	}
	if d.Status == chime.DomainVerified {
		fmt.Fprintf(e.Stdout, "Account %s has verified %s.\n", printable(string(p.AccountID)), p.DomainName)
		return nil
	}
	fmt.Fprintf(e.Stdout, "To prove that %s is yours, publish this DNS record:\n\n  %s. TXT \"%s\"\n\nThen run: carillon domains verify --account %s %s\n",
		p.DomainName, p.RecordName, p.RecordValue, printable(string(p.AccountID)), p.DomainName)
	return nil
}

// domainCommand is a command on a domain of an account.
func (e Env) domainCommand(use, short string, run func(ctx context.Context, in *Installation, id chime.AccountID, name string, out *output) error) *cobra.Command {
	cmd := &cobra.Command{Use: use + " --account ID DOMAIN", Args: oneArgument, Short: short}
	database, tenant, out := databaseFlag(cmd), tenantFlag(cmd), outputFlag(cmd)
	account := accountFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *account == "" {
			return errNoAccount
		}
		return e.runOnAccount(cmd, *database, *tenant, *account, func(ctx context.Context, in *Installation, id chime.AccountID) error {
			return run(ctx, in, id, args[0], out)
		})
	}
	return cmd
}

var errNoAccount = errors.New("name the account with --account ID (carillon accounts list shows them)")

// accountFlag adds --account.
func accountFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("account", "", "the account's id (required)")
}

func (e Env) domainsAdd() *cobra.Command {
	return e.domainCommand("add", "Begin the claim of a domain, and print the DNS record that proves it",
		func(ctx context.Context, in *Installation, id chime.AccountID, name string, out *output) error {
			domain, err := in.Directory.AddDomain(ctx, id, name)
			if err != nil {
				return err
			}
			return e.printDomain(domain, out)
		})
}

func (e Env) domainsVerify() *cobra.Command {
	var resolver *string
	cmd := e.domainCommand("verify", "Look for the DNS record of a claim; a verified domain makes a Team account EnterpriseLWA",
		func(ctx context.Context, in *Installation, id chime.AccountID, name string, out *output) error {
			dns, err := e.Resolver(*resolver)
			if err != nil {
				return err
			}
			domain, err := in.Directory.VerifyDomain(ctx, id, name, dns)
			if err != nil {
				return err
			}
			return e.printDomain(domain, out)
		})
	resolver = cmd.Flags().String("dns-resolver", "", "the DNS server to ask, as HOST:PORT (default: the machine's)")
	return cmd
}

func (e Env) domainsRemove() *cobra.Command {
	return e.domainCommand("remove", "Release a domain: who joined by it is signed out and let go",
		func(ctx context.Context, in *Installation, id chime.AccountID, name string, out *output) error {
			err := in.Directory.DeleteDomain(ctx, id, name)
			if err == nil && !out.json() {
				fmt.Fprintf(e.Stdout, "Released %s.\n", printable(name))
			}
			return err
		})
}

func (e Env) domainsList() *cobra.Command {
	cmd := &cobra.Command{Use: "list --account ID", Args: cobra.NoArgs, Short: "List the domains of an account"}
	database, tenant, out := databaseFlag(cmd), tenantFlag(cmd), outputFlag(cmd)
	account := accountFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *account == "" {
			return errNoAccount
		}
		return e.runOnAccount(cmd, *database, *tenant, *account, func(ctx context.Context, in *Installation, id chime.AccountID) error {
			domains, err := in.Directory.ListDomains(ctx, id)
			if err != nil {
				return err
			}
			return e.printDomains(domains, out)
		})
	}
	return cmd
}

func (e Env) printDomains(domains []chime.Domain, out *output) error {
	printed, rows := []printedDomain{}, [][]string{}
	for _, d := range domains {
		p := describeDomain(d)
		printed, rows = append(printed, p), append(rows, []string{p.DomainName, string(p.Status), p.Added, p.Verified})
	}
	if out.json() {
		return printJSON(e.Stdout, map[string]any{"Domains": printed})
	}
	return printTable(e.Stdout, "DOMAIN STATUS ADDED VERIFIED", rows)
}
