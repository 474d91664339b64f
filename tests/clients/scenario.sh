#!/usr/bin/env bash
# The scenario of README.md through the AWS CLI. It ends at the first answer that is not as it should be.
set -euo pipefail

# AWS_ENDPOINT_URL_CHIME is understood since 1.29.0 (version 1) and 2.13.0 (version 2); older ones take --endpoint-url.
endpoint=(--endpoint-url "$CARILLON_ENDPOINT")
version=$(aws --version 2>&1 | sed 's|^aws-cli/\([0-9.]*\).*|\1|')
minimum=2.13.0
[ "${version%%.*}" = 1 ] && minimum=1.29.0
if [ "$(printf '%s\n' "$minimum" "$version" | sort -V | head -n 1)" = "$minimum" ]; then
	export AWS_ENDPOINT_URL_CHIME=$CARILLON_ENDPOINT
	endpoint=()
fi

# chime runs a command. text and number print what a JMESPath expression picks from the answer; of a list in several pages,
# text asks each page by itself and number asks the whole.
chime() { aws "${endpoint[@]}" --output json chime "$@"; }
text() { local query=$1 && shift && aws "${endpoint[@]}" --output text --query "$query" chime "$@"; }
number() { local query=$1 && shift && aws "${endpoint[@]}" --output json --query "$query" chime "$@"; }

# expect WHAT GOT WANT
expect() {
	if [ "$2" != "$3" ]; then
		printf '%s: got %q, want %q\n' "$1" "$2" "$3" >&2
		exit 1
	fi
}

# matches WHAT GOT REGEXP
matches() {
	if ! [[ $2 =~ ^$3$ ]]; then
		printf '%s: got %q, want %s\n' "$1" "$2" "$3" >&2
		exit 1
	fi
}

# fails EXCEPTION COMMAND...: the command must be refused with that exception.
fails() {
	local exception=$1 message
	shift
	if message=$(chime "$@" 2>&1); then
		printf 'chime %s: got an answer, want %s\n' "$*" "$exception" >&2
		exit 1
	fi
	case $message in
	*"An error occurred ($exception)"*) ;;
	*)
		printf 'chime %s: got %s, want %s\n' "$*" "$message" "$exception" >&2
		exit 1
		;;
	esac
}

# as PREFIX COMMAND...: with the key of another principal.
as() {
	local id=$1_KEY_ID secret=$1_SECRET
	shift
	AWS_ACCESS_KEY_ID=${!id} AWS_SECRET_ACCESS_KEY=${!secret} "$@"
}

ascending() { expect "$1: the order" "$2" "$(LC_ALL=C sort -u <<<"$2")"; }

# 1-2: create, get
created=$(text Account.AccountId create-account --name Scenario)
expect 'the new account' \
	"$(text 'Account.[Name,AccountType,AwsAccountId,DefaultLicense,sort(SupportedLicenses)[0],sort(SupportedLicenses)[1]]' get-account --account-id "$created")" \
	$'Scenario\tTeam\t'"$SCENARIO_TENANT"$'\tPro\tBasic\tPro'
fails BadRequestException create-account --name ' '

# 3: one account a page
ids='' token=()
while :; do
	page=$(text '[length(Accounts),Accounts[0].AccountId,NextToken]' list-accounts --max-results 1 "${token[@]}")
	IFS=$'\t' read -r count id next <<<"$page"
	expect 'accounts of a page of 1' "$count" 1
	ids+=${ids:+$'\n'}$id
	[ "$next" = None ] && break
	token=(--next-token "$next")
done
expect 'all accounts' "$(wc -l <<<"$ids")" 4
ascending 'all accounts' "$ids"

# 4: by name, by address
expect 'accounts named Scen...' "$(text 'Accounts[].AccountId' list-accounts --name Scen)" "$created"
expect 'the account of an address' "$(text 'Accounts[].AccountId' list-accounts --user-email lwa-001@example.com)" "$SCENARIO_LWA"

# 5-6: update, settings
expect 'the renamed account' \
	"$(text 'Account.[Name,DefaultLicense]' update-account --account-id "$created" --name Renamed --default-license Basic)" $'Renamed\tBasic'
settings='AccountSettings.[DisableRemoteControl,EnableDialOut]'
expect 'new account settings' "$(text "$settings" get-account-settings --account-id "$created")" $'False\tFalse'
chime update-account-settings --account-id "$created" --account-settings DisableRemoteControl=true
expect 'changed account settings' "$(text "$settings" get-account-settings --account-id "$created")" $'True\tFalse'

# 7: people by pages
members=() sizes='' token=()
while :; do
	# The words of an answer are the token, or None, and the ids.
	read -r -d '' -a page <<<"$(text '[[NextToken],Users[].UserId]' list-users --account-id "$SCENARIO_LWA" --max-results 50 "${token[@]}")" || true
	members+=("${page[@]:1}")
	sizes+="$((${#page[@]} - 1)) "
	[ "${page[0]}" = None ] && break
	foreign=${page[0]}
	token=(--next-token "${page[0]}")
done
expect 'sizes of the pages' "$sizes" "50 50 $((SCENARIO_MEMBERS - 100)) "
ascending 'members' "$(printf '%s\n' "${members[@]}")"
# The CLI follows the pages by itself when it is not told which one.
expect 'members by the paginator' "$(number 'length(Users)' list-users --account-id "$SCENARIO_LWA" --page-size 50)" "$SCENARIO_MEMBERS"
fails BadRequestException list-users --account-id "$SCENARIO_TEAM" --max-results 50 --next-token "$foreign"
fails BadRequestException list-users --account-id "$SCENARIO_LWA" --max-results 201
expect 'people of an address' "$(text 'Users[].PrimaryEmail' list-users --account-id "$SCENARIO_LWA" --user-email LWA-001@Example.com)" lwa-001@example.com

# 8: get
user=${members[0]}
first=(--account-id "$SCENARIO_LWA" --user-id "$user")
expect 'a member' "$(text 'User.[UserId,AccountId,UserRegistrationStatus,LicenseType]' get-user "${first[@]}")" \
	"$user"$'\t'"$SCENARIO_LWA"$'\tRegistered\tPro'
pin=$(text User.PersonalPIN get-user "${first[@]}")
matches 'the PIN' "$pin" '[0-9]{10}'

# 9: update
expect 'the answer of update-user' "$(text 'User.[UserId,LicenseType]' update-user "${first[@]}" --license-type Basic)" "$user"$'\tNone'
expect 'the errors of batch-update-user' "$(text 'UserErrors[].[UserId,ErrorCode]' batch-update-user --account-id "$SCENARIO_LWA" --update-user-request-items \
	"UserId=${members[1]},LicenseType=Basic" UserId=unknown,LicenseType=Basic "UserId=${members[2]},LicenseType=Basic")" $'unknown\tNotFound'
expect 'Basic licenses' "$(number "length(Users[?LicenseType=='Basic'])" list-users --account-id "$SCENARIO_LWA")" 3

# 10: suspend
fifty=("${members[@]:0:50}")
suspended="length(Users[?UserRegistrationStatus=='Suspended'])"
team_member=$(text 'Users[0].UserId' list-users --account-id "$SCENARIO_TEAM" --max-results 1)
expect 'the errors of suspending 50' "$(text 'UserErrors' batch-suspend-user --account-id "$SCENARIO_LWA" --user-id-list "${fifty[@]}")" ''
expect 'the errors of suspending' "$(text 'UserErrors[].[UserId,ErrorCode]' batch-suspend-user --account-id "$SCENARIO_LWA" --user-id-list "$user" unknown "$team_member")" \
	$'unknown\tNotFound\n'"$team_member"$'\tNotFound'
fails BadRequestException batch-suspend-user --account-id "$SCENARIO_LWA" --user-id-list "${members[@]:0:51}"
expect 'a suspended member' "$(text User.UserRegistrationStatus get-user "${first[@]}")" Suspended
expect 'suspended members' "$(number "$suspended" list-users --account-id "$SCENARIO_LWA")" 50
fails ForbiddenException batch-suspend-user --account-id "$SCENARIO_DIRECTORY" --user-id-list anybody

# 11: unsuspend
expect 'the errors of unsuspending 50' "$(text 'UserErrors' batch-unsuspend-user --account-id "$SCENARIO_LWA" --user-id-list "${fifty[@]}")" ''
expect 'an unsuspended member' "$(text User.UserRegistrationStatus get-user "${first[@]}")" Registered
expect 'suspended members' "$(number "$suspended" list-users --account-id "$SCENARIO_LWA")" 0
fails ForbiddenException batch-unsuspend-user --account-id "$SCENARIO_TEAM" --user-id-list "$team_member"

# 12: a Team suspension
read -r -d '' -a team <<<"$(text 'Users[].UserId' list-users --account-id "$SCENARIO_TEAM" --page-size 50)" || true
removed=(--account-id "$SCENARIO_TEAM" --user-id "${team[0]}")
expect 'the errors of suspending 50 of a Team' "$(text 'UserErrors' batch-suspend-user --account-id "$SCENARIO_TEAM" --user-id-list "${team[@]:0:50}")" ''
expect 'who is left in the Team' "$(number 'length(Users)' list-users --account-id "$SCENARIO_TEAM")" "$((SCENARIO_MEMBERS - 50))"
expect 'a suspended member of the Team' "$(text 'User.[UserRegistrationStatus,AccountId,LicenseType]' get-user "${removed[@]}")" $'Suspended\tNone\tBasic'
fails NotFoundException update-user "${removed[@]}" --license-type Pro

# 13: invite again
address=$(text User.PrimaryEmail get-user "${removed[@]}")
expect 'the invitation' "$(text 'Invites[].[EmailAddress,Status,EmailStatus]' invite-users --account-id "$SCENARIO_TEAM" --user-email-list "$address")" \
	"$address"$'\tPending\tNotSent'
expect 'the invited one' "$(text 'User.[UserId,UserRegistrationStatus,UserInvitationStatus]' get-user "${removed[@]}")" "${team[0]}"$'\tUnregistered\tPending'
fails ForbiddenException invite-users --account-id "$SCENARIO_LWA" --user-email-list "$address"

# 14-15: log out, reset
chime logout-user "${first[@]}"
fails NotFoundException logout-user --account-id "$SCENARIO_LWA" --user-id unknown
new_pin=$(text User.PersonalPIN reset-personal-pin "${first[@]}")
matches 'the new PIN' "$new_pin" '[0-9]{10}'
[ "$new_pin" != "$pin" ] || expect 'the new PIN' 'the old one' 'another one'
expect 'the PIN read again' "$(text User.PersonalPIN get-user "${first[@]}")" "$new_pin"

# 16: user settings
telephony='UserSettings.Telephony.[InboundCalling,OutboundCalling,SMS]'
expect 'new user settings' "$(text "$telephony" get-user-settings "${first[@]}")" $'False\tFalse\tFalse'
chime update-user-settings "${first[@]}" --user-settings 'Telephony={InboundCalling=true,OutboundCalling=true,SMS=false}'
expect 'changed user settings' "$(text "$telephony" get-user-settings "${first[@]}")" $'True\tTrue\tFalse'

# 17-18: a shared device, delegate groups
device=(--user-type SharedDevice --email room@example.com)
fails BadRequestException create-user --account-id "$SCENARIO_TEAM" "${device[@]}"
expect 'the device' "$(text 'User.[UserType,UserRegistrationStatus,LicenseType]' create-user --account-id "$SCENARIO_DIRECTORY" "${device[@]}")" $'SharedDevice\tRegistered\tPro'
fails ConflictException create-user --account-id "$SCENARIO_DIRECTORY" "${device[@]}"
groups='Account.SigninDelegateGroups[].GroupName'
chime associate-signin-delegate-groups-with-account --account-id "$SCENARIO_DIRECTORY" --signin-delegate-groups GroupName=delegates >/dev/null
expect 'delegate groups' "$(text "$groups" get-account --account-id "$SCENARIO_DIRECTORY")" delegates
chime disassociate-signin-delegate-groups-from-account --account-id "$SCENARIO_DIRECTORY" --group-names delegates >/dev/null
case $(text "$groups" get-account --account-id "$SCENARIO_DIRECTORY") in
'' | None) ;;
*) expect 'delegate groups' some none ;;
esac

# 19-21: permissions
expect 'accounts that a reader sees' "$(as READER number 'length(Accounts)' list-accounts)" 4
as READER fails ForbiddenException create-account --name Forbidden
as LEAVER fails UnauthorizedClientException list-accounts
expect 'accounts that a stranger sees' "$(as STRANGER number 'length(Accounts)' list-accounts)" 0
as STRANGER fails NotFoundException get-account --account-id "$SCENARIO_LWA"

# 22: delete
fails UnprocessableEntityException delete-account --account-id "$SCENARIO_LWA"
chime invite-users --account-id "$created" --user-email-list new@example.com >/dev/null
fails UnprocessableEntityException delete-account --account-id "$created"
invited=$(text 'Users[].UserId' list-users --account-id "$created")
expect 'the errors of suspending the invited one' "$(text 'UserErrors' batch-suspend-user --account-id "$created" --user-id-list "$invited")" ''
fails NotFoundException get-user --account-id "$created" --user-id "$invited"
chime delete-account --account-id "$created"
fails NotFoundException get-account --account-id "$created"
fails NotFoundException delete-account --account-id "$created"

echo "the scenario passed: $(aws --version 2>&1)"
