package awsapi

import (
	"context"

	"github.com/carillon-id/carillon/internal/chime"
	"github.com/carillon-id/carillon/internal/directory"
)

func (a *api) createUser(ctx context.Context, in *CreateUserRequest) (*CreateUserResponse, error) {
	user, err := a.dir.CreateUser(ctx, chime.AccountID(in.AccountID), directory.NewUser{
		Username: orZero(in.Username),
		Email:    orZero(in.Email),
		Type:     chime.UserType(orZero(in.UserType)),
	})
	if err != nil {
		return nil, err
	}
	return &CreateUserResponse{User: new(wireUser(&user))}, nil
}

func (a *api) getUser(ctx context.Context, in *GetUserRequest) (*GetUserResponse, error) {
	user, err := a.dir.GetUser(ctx, chime.AccountID(in.AccountID), chime.UserID(in.UserID))
	if err != nil {
		return nil, err
	}
	return &GetUserResponse{User: new(wireUser(&user))}, nil
}

func (a *api) listUsers(ctx context.Context, in *ListUsersRequest) (*ListUsersResponse, error) {
	filter := directory.UserFilter{Email: orZero(in.UserEmail), Type: chime.UserType(orZero(in.UserType))}
	users, next, err := a.dir.ListUsers(ctx, chime.AccountID(in.AccountID), filter, page(in.NextToken, in.MaxResults))
	if err != nil {
		return nil, err
	}
	return &ListUsersResponse{Users: wireUsers(users), NextToken: orNull(next)}, nil
}

// updateUser answers a User of which nothing but the id is filled in, as the real
// service did.
func (a *api) updateUser(ctx context.Context, in *UpdateUserRequest) (*UpdateUserResponse, error) {
	err := a.dir.UpdateUser(ctx, chime.AccountID(in.AccountID), directory.UserChange{
		User:    chime.UserID(in.UserID),
		License: cast[chime.License](in.LicenseType),
		Type:    cast[chime.UserType](in.UserType),
		Alexa:   alexaChange(in.AlexaForBusinessMetadata),
	})
	if err != nil {
		return nil, err
	}
	return &UpdateUserResponse{User: &User{UserID: in.UserID}}, nil
}

func (a *api) batchUpdateUser(ctx context.Context, in *BatchUpdateUserRequest) (*BatchUpdateUserResponse, error) {
	changes := convert(in.UpdateUserRequestItems, func(item UpdateUserRequestItem) directory.UserChange {
		return directory.UserChange{
			User:    chime.UserID(item.UserID),
			License: cast[chime.License](item.LicenseType),
			Type:    cast[chime.UserType](item.UserType),
			Alexa:   alexaChange(item.AlexaForBusinessMetadata),
		}
	})
	refusals, err := a.dir.UpdateUsers(ctx, chime.AccountID(in.AccountID), changes)
	if err != nil {
		return nil, err
	}
	return &BatchUpdateUserResponse{UserErrors: convert(refusals, wireUserError)}, nil
}

func (a *api) batchSuspendUser(ctx context.Context, in *BatchSuspendUserRequest) (*BatchSuspendUserResponse, error) {
	refusals, err := a.dir.SuspendUsers(ctx, chime.AccountID(in.AccountID), convert(in.UserIDList, userID))
	if err != nil {
		return nil, err
	}
	return &BatchSuspendUserResponse{UserErrors: convert(refusals, wireUserError)}, nil
}

func (a *api) batchUnsuspendUser(ctx context.Context, in *BatchUnsuspendUserRequest) (*BatchUnsuspendUserResponse, error) {
	refusals, err := a.dir.UnsuspendUsers(ctx, chime.AccountID(in.AccountID), convert(in.UserIDList, userID))
	if err != nil {
		return nil, err
	}
	return &BatchUnsuspendUserResponse{UserErrors: convert(refusals, wireUserError)}, nil
}

// inviteUsers invites people when the request does not say whom: the contract
// leaves UserType optional, and shared devices have no sign-in of their own.
func (a *api) inviteUsers(ctx context.Context, in *InviteUsersRequest) (*InviteUsersResponse, error) {
	userType := chime.PrivateUser
	if in.UserType != nil {
		userType = chime.UserType(*in.UserType)
	}
	invites, err := a.dir.InviteUsers(ctx, chime.AccountID(in.AccountID), in.UserEmailList, userType)
	if err != nil {
		return nil, err
	}
	return &InviteUsersResponse{Invites: convert(invites, wireInvite)}, nil
}

func (a *api) logoutUser(ctx context.Context, in *LogoutUserRequest) (*LogoutUserResponse, error) {
	return &LogoutUserResponse{}, a.dir.LogoutUser(ctx, chime.AccountID(in.AccountID), chime.UserID(in.UserID))
}

func (a *api) resetPersonalPIN(ctx context.Context, in *ResetPersonalPINRequest) (*ResetPersonalPINResponse, error) {
	user, err := a.dir.ResetPersonalPIN(ctx, chime.AccountID(in.AccountID), chime.UserID(in.UserID))
	if err != nil {
		return nil, err
	}
	return &ResetPersonalPINResponse{User: new(wireUser(&user))}, nil
}

func (a *api) getUserSettings(ctx context.Context, in *GetUserSettingsRequest) (*GetUserSettingsResponse, error) {
	telephony, err := a.dir.GetUserSettings(ctx, chime.AccountID(in.AccountID), chime.UserID(in.UserID))
	if err != nil {
		return nil, err
	}
	return &GetUserSettingsResponse{UserSettings: &UserSettings{Telephony: TelephonySettings(telephony)}}, nil
}

func (a *api) updateUserSettings(ctx context.Context, in *UpdateUserSettingsRequest) (*struct{}, error) {
	return nil, a.dir.UpdateUserSettings(ctx, chime.AccountID(in.AccountID), chime.UserID(in.UserID),
		chime.Telephony(in.UserSettings.Telephony))
}

func userID(id string) chime.UserID { return chime.UserID(id) }

func alexaChange(m *AlexaForBusinessMetadata) *directory.AlexaChange {
	if m == nil {
		return nil
	}
	return &directory.AlexaChange{Enabled: m.IsAlexaForBusinessEnabled, RoomARN: m.AlexaForBusinessRoomARN}
}

// wireUser points into the user: a list of them is many values.
func wireUser(u *directory.User) User {
	wire := User{
		AccountID:              (*string)(given(&u.Account)),
		DisplayName:            given(&u.DisplayName),
		InvitedOn:              (*Timestamp)(given(&u.Invited)),
		LicenseType:            (*License)(given(&u.License)),
		PersonalPIN:            given(&u.PIN),
		PrimaryEmail:           given(&u.Email),
		RegisteredOn:           (*Timestamp)(given(&u.Registered)),
		UserID:                 string(u.ID),
		UserInvitationStatus:   (*InviteStatus)(given(&u.Invitation)),
		UserRegistrationStatus: (*RegistrationStatus)(given(&u.Status)),
		UserType:               (*UserType)(given(&u.Type)),
	}
	if u.Alexa != nil {
		wire.AlexaForBusinessMetadata = &AlexaForBusinessMetadata{
			AlexaForBusinessRoomARN:   given(&u.Alexa.RoomARN),
			IsAlexaForBusinessEnabled: &u.Alexa.Enabled,
		}
	}
	return wire
}

func wireUsers(users []directory.User) []User {
	wire := make([]User, len(users))
	for i := range users {
		wire[i] = wireUser(&users[i])
	}
	return wire
}

func wireUserError(e directory.UserError) UserError {
	return UserError{
		ErrorCode:    orNull(ErrorCode(e.Code)),
		ErrorMessage: orNull(e.Message),
		UserID:       orNull(string(e.User)),
	}
}

func wireInvite(i directory.Invite) Invite {
	return Invite{
		EmailAddress: orNull(i.Email),
		EmailStatus:  orNull(EmailStatus(i.EmailStatus)),
		InviteID:     orNull(i.ID),
		Status:       orNull(InviteStatus(i.Status)),
	}
}
