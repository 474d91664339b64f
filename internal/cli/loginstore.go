package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// storedLogin is what carillon login keeps.
type storedLogin struct {
	Endpoint string
	// Token is what credentials are asked for with, until the person signs out.
	Token       string
	Credentials temporaryCredentials
}

// loginStore is the file of one login. Only its owner can read it.
type loginStore struct{ file string }

// loginName is the name of a login, and of a profile.
var loginName = regexp.MustCompile(`^[\w.-]{1,64}$`)

func (e Env) loginStore(name string) (loginStore, error) {
	if !loginName.MatchString(name) {
		return loginStore{}, fmt.Errorf("--name %q: use letters, digits and characters of _.-", name)
	}
	folder := e.Getenv("XDG_CONFIG_HOME")
	if folder == "" {
		home, err := e.home()
		if err != nil {
			return loginStore{}, err
		}
		folder = filepath.Join(home, ".config")
	}
	return loginStore{filepath.Join(folder, "carillon", "login-"+name+".json")}, nil
}

func (e Env) home() (string, error) {
	if home := e.Getenv("HOME"); home != "" {
		return home, nil
	}
	return "", errors.New("the variable HOME does not say where your folder is")
}

func (s loginStore) read() (login storedLogin, err error) {
	text, err := os.ReadFile(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return login, errors.New("there is no login of that name: run carillon login first")
	}
	if err != nil {
		return login, fmt.Errorf("reading the login: %w", err)
	}
	if err := json.Unmarshal(text, &login); err != nil {
		return login, fmt.Errorf("reading the login in %s: run carillon login again: %w", s.file, err)
	}
	return login, nil
}

// write replaces the file as a whole, so that nobody reads half of it.
func (s loginStore) write(login storedLogin) error {
	text, err := json.Marshal(login)
	if err != nil {
		return fmt.Errorf("keeping the login: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(s.file), 0o700); err != nil {
		return fmt.Errorf("keeping the login: %w", err)
	}
	return replaceFile(s.file, text)
}

// replaceFile writes a file of which the owner alone can read the text.
func replaceFile(file string, text []byte) error {
	made, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*") // of mode 0600
	if err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	_, err = made.Write(text)
	err = errors.Join(err, made.Close())
	if err == nil {
		err = os.Rename(made.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", file, errors.Join(err, os.Remove(made.Name())))
	}
	return nil
}

// awsProfile is a profile that is to be added to the configuration of the AWS CLI.
type awsProfile struct {
	file, before, text string
}

// awsProfile returns the profile, or nil for no name. It is an error that there is
// another one of that name: what somebody else wrote is not changed.
func (e Env) awsProfile(profile, login, endpoint string) (*awsProfile, error) {
	if profile == "" {
		return nil, nil
	}
	if !loginName.MatchString(profile) {
		return nil, fmt.Errorf("--profile %q: use letters, digits and characters of _.-", profile)
	}
	file, err := e.awsConfig()
	if err != nil {
		return nil, err
	}
	before, err := os.ReadFile(file) // #nosec G304 -- the user's choice
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the configuration of the AWS CLI: %w", err)
	}
	header := "[profile " + profile + "]"
	if profile == "default" {
		header = "[default]"
	}
	text := fmt.Sprintf("%s\ncredential_process = \"%s\" login --credential-process --name %s\nregion = us-east-1\nservices = carillon-%s\n\n"+
		"[services carillon-%s]\nchime =\n  endpoint_url = %s\n", header, e.Executable, login, profile, profile, endpoint)
	known := string(before)
	if strings.Contains(known, text) {
		return &awsProfile{file, known, ""}, nil
	}
	for line := range strings.Lines(known) {
		if name := strings.TrimSpace(line); name == header || name == "[services carillon-"+profile+"]" {
			return nil, fmt.Errorf("%s has %s already: remove it, or choose another name", file, name)
		}
	}
	return &awsProfile{file, known, text}, nil
}

// awsConfig is the file with the configuration of the AWS CLI.
func (e Env) awsConfig() (string, error) {
	file := e.Getenv("AWS_CONFIG_FILE")
	if file == "" {
		home, err := e.home()
		if err != nil {
			return "", err
		}
		file = filepath.Join(home, ".aws", "config")
	}
	if target, err := filepath.EvalSymlinks(file); err == nil {
		return target, nil // what a link leads to is changed, not the link
	}
	return file, nil
}

func (p *awsProfile) write() error {
	if p.text == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(p.file), 0o700); err != nil {
		return fmt.Errorf("adding the profile: %w", err)
	}
	text := p.text
	if p.before != "" {
		text = strings.TrimRight(p.before, "\n") + "\n\n" + text
	}
	return replaceFile(p.file, []byte(text))
}
