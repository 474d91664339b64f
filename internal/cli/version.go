package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func (e Env) version() *cobra.Command {
	cmd := &cobra.Command{Use: "version", Args: cobra.NoArgs, Short: "Print the version"}
	out := outputFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		if out.json() {
			return printJSON(e.Stdout, map[string]string{"Version": e.Version, "Go": runtime.Version()})
		}
		_, err := fmt.Fprintf(e.Stdout, "carillon %s (%s, %s/%s)\n", e.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return err
	}
	return cmd
}
