package console_test

import (
	"os"
	"testing"

	"github.com/carillon-id/carillon/tests/world"
)

func TestMain(m *testing.M) { os.Exit(world.Main(m)) }
