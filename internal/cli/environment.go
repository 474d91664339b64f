package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"

	"github.com/spf13/cobra"
)

func (e Env) environment() *cobra.Command {
	cmd := &cobra.Command{
		Use: "env", Args: cobra.NoArgs,
		Short: `Print the export lines for AWS clients: eval "$(carillon env)"`,
		Long: `Prints the lines that point AWS clients at this server, for eval "$(carillon env)".

The root key is among them while the file that a first start without a terminal
wrote is still beside the database; otherwise make a key with carillon keys create.`,
	}
	database := databaseFlag(cmd)
	listen := cmd.Flags().String("listen", DefaultListen, "where the server listens")
	tls := cmd.Flags().String("tls-cert", "", "the server's certificate; when set, the address is an https one")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return e.run(cmd, *database, allTenants, func(ctx context.Context, in *Installation) error {
			key, err := rootKey(ctx, in)
			if err != nil {
				return err
			}
			PrintEndpoint(e.Stdout, *listen, *tls != "")
			_, err = e.Stdout.Write(key)
			return err
		})
	}
	return cmd
}

// rootKey returns the lines of the root key file, or a comment when there is none
// or its key has been deleted or disabled since.
func rootKey(ctx context.Context, in *Installation) ([]byte, error) {
	lines, err := os.ReadFile(in.RootKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return []byte("# No root key file here. For a key: carillon keys create --user root\n"), nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the root key: %w", err)
	}
	keys, err := in.Admin.ListKeys(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if !k.Disabled && bytes.Contains(lines, []byte("="+k.ID+"\n")) {
			return append([]byte("unset AWS_SESSION_TOKEN\n"), lines...), nil
		}
	}
	return []byte("# The key of the root key file is deleted or disabled. For another: carillon keys create --user root\n"), nil
}

// PrintEndpoint prints the export lines that point AWS clients at a server that
// listens there.
func PrintEndpoint(w io.Writer, listen string, tls bool) {
	scheme := "http"
	if tls {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		listen = net.JoinHostPort("127.0.0.1", port)
	}
	fmt.Fprintf(w, "export AWS_ENDPOINT_URL_CHIME=%s://%s\nexport AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1\n", scheme, listen)
}
