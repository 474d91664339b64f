package world

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// carillon is the path of the binary under test.
var carillon string

// Main builds the binary, runs the tests of a package in tests, and returns the
// status to exit with.
func Main(m *testing.M) int {
	dir, err := os.MkdirTemp("", "carillon-world-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)

	carillon = filepath.Join(dir, "carillon")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-o", carillon, "../../cmd/carillon")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is shipped
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the binary: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}
