package transfer

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

// effectsTable says what each bulk action does to whom: by action, type of the
// account, and state. The console reads the same file. It foretells what package
// directory decides, and a test holds the two together.
//
//go:embed effects.json
var effectsTable []byte

// EffectKind is what an action will do to somebody.
type EffectKind string

// The kinds of effects.
const (
	Changes EffectKind = "change"
	Nothing EffectKind = "nothing" // it is so already, or it does not concern them
	Refuses EffectKind = "refuse"
)

// Effect is what an action will do to somebody, and how to say it behind their name.
type Effect struct {
	Kind EffectKind
	Text string
}

// UnmarshalJSON reads the pair that the table has.
func (e *Effect) UnmarshalJSON(text []byte) error {
	var pair [2]string
	if err := json.Unmarshal(text, &pair); err != nil {
		return err
	}
	e.Kind, e.Text = EffectKind(pair[0]), pair[1]
	return nil
}

// state is where somebody stands, as the table of effects names it.
type state string

const (
	stateInvited state = "Invited"
	stateFormer  state = "Former" // left a Team account, which still shows them
	stateAbsent  state = "Absent"
)

func stateOf(u *directory.User) state {
	switch {
	case u == nil:
		return stateAbsent
	case u.Status == chime.Unregistered:
		return stateInvited
	case u.Status == chime.Suspended && u.Account == "":
		return stateFormer
	}
	return state(u.Status)
}

// actionEffects is what an action does.
type actionEffects struct {
	Limit   int    // how many a request
	Refusal string // for accounts of a type that is not in Types
	Types   map[chime.AccountType]map[state]Effect
}

func effectsOf(action BulkAction) (actionEffects, error) {
	var table map[BulkAction]actionEffects
	if err := json.Unmarshal(effectsTable, &table); err != nil {
		return actionEffects{}, fmt.Errorf("reading the table of effects: %w", err)
	}
	effects, known := table[action]
	if !known {
		return actionEffects{}, fmt.Errorf("there is no bulk action %q", action)
	}
	return effects, nil
}
