// Command shapesgen writes shapes_gen.go of package awsapi from the contract of
// the API: the list of all operations, a Go type for each shape of the served
// operations, and for the shapes of their inputs a function that reads and
// checks one.
//
// It is run by go generate in the folder of package awsapi. To serve another
// operation, name it in served, generate, and give it a line in the route table.
package main

import (
	"fmt"
	"os"
)

// served names the operations whose shapes are wanted.
func served() []string {
	return []string{
		"AssociateSigninDelegateGroupsWithAccount",
		"BatchSuspendUser",
		"BatchUnsuspendUser",
		"BatchUpdateUser",
		"CreateAccount",
		"CreateUser",
		"DeleteAccount",
		"DisassociateSigninDelegateGroupsFromAccount",
		"GetAccount",
		"GetAccountSettings",
		"GetUser",
		"GetUserSettings",
		"InviteUsers",
		"ListAccounts",
		"ListUsers",
		"LogoutUser",
		"ResetPersonalPIN",
		"UpdateAccount",
		"UpdateAccountSettings",
		"UpdateUser",
		"UpdateUserSettings",
	}
}

func main() {
	if err := run("shapesgen/contract.json", "shapes_gen.go"); err != nil {
		fmt.Fprintln(os.Stderr, "shapesgen:", err)
		os.Exit(1)
	}
}

func run(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	c, err := parseContract(raw)
	if err != nil {
		return err
	}
	code, err := generate(c, served())
	if err != nil {
		return err
	}
	return os.WriteFile(to, code, 0o644) //nolint:gosec // source code is for everybody to read
}
