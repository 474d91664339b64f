"""The scenario of README.md through boto3. It ends at the first answer that is not as it should be."""

import os
import re
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

TENANT, TEAM, LWA, DIRECTORY = (os.environ["SCENARIO_" + n] for n in ("TENANT", "TEAM", "LWA", "DIRECTORY"))
MEMBERS = int(os.environ["SCENARIO_MEMBERS"])
ENDPOINT = os.environ["CARILLON_ENDPOINT"]


def new_client(principal=None):
    """A client with the root's key, or with that of READER, LEAVER or STRANGER."""
    options = {"config": Config(retries={"max_attempts": 0})}
    # AWS_ENDPOINT_URL_CHIME is understood since 1.28; older ones take endpoint_url.
    if tuple(int(n) for n in boto3.__version__.split(".")[:2]) >= (1, 28):
        os.environ["AWS_ENDPOINT_URL_CHIME"] = ENDPOINT
    else:
        options["endpoint_url"] = ENDPOINT
    if principal:
        options["aws_access_key_id"] = os.environ[principal + "_KEY_ID"]
        options["aws_secret_access_key"] = os.environ[principal + "_SECRET"]
    return boto3.client("chime", **options)


chime = new_client()
errors = chime.exceptions


def expect(what, got, want):
    if got != want:
        raise SystemExit(f"{what}: got {got!r}, want {want!r}")


def refused(exception, call, **arguments):
    """The call must raise the exception, by its class."""
    try:
        answer = call(**arguments)
    except exception as e:
        body = e.response["Error"]
        expect(f"{exception.__name__}: Code in the answer", body["Code"], exception.__name__)
        if not e.response.get("Message") and not body["Message"]:
            raise SystemExit(f"{exception.__name__} has no message")
        return
    raise SystemExit(f"{call.__name__}{arguments}: got {answer}, want {exception.__name__}")


def outcomes(answer):
    return [(e["UserId"], e["ErrorCode"]) for e in answer["UserErrors"]]


def ascending(what, ids):
    expect(f"{what}: the order", ids, sorted(set(ids)))


def accounts():
    created = chime.create_account(Name="Scenario")["Account"]
    expect("the new account", {k: created[k] for k in ("Name", "AccountType", "AwsAccountId", "DefaultLicense")},
           {"Name": "Scenario", "AccountType": "Team", "AwsAccountId": TENANT, "DefaultLicense": "Pro"})
    expect("its licenses", sorted(created["SupportedLicenses"]), ["Basic", "Pro"])
    expect("a datetime", created["CreatedTimestamp"].utcoffset().total_seconds(), 0.0)
    refused(errors.BadRequestException, chime.create_account, Name=" ")
    account = created["AccountId"]
    expect("the account read again", chime.get_account(AccountId=account)["Account"], created)

    pages = list(chime.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 1}))
    expect("accounts a page", [len(p["Accounts"]) for p in pages], [1, 1, 1, 1])
    ascending("all accounts", [p["Accounts"][0]["AccountId"] for p in pages])
    expect("accounts named Scen...", [a["AccountId"] for a in chime.list_accounts(Name="Scen")["Accounts"]], [account])
    expect("the account of an address", [a["AccountId"] for a in chime.list_accounts(UserEmail="lwa-001@example.com")["Accounts"]], [LWA])

    updated = chime.update_account(AccountId=account, Name="Renamed", DefaultLicense="Basic")["Account"]
    expect("the renamed account", (updated["Name"], updated["DefaultLicense"]), ("Renamed", "Basic"))
    settings = {"DisableRemoteControl": False, "EnableDialOut": False}
    expect("new account settings", chime.get_account_settings(AccountId=account)["AccountSettings"], settings)
    chime.update_account_settings(AccountId=account, AccountSettings={"DisableRemoteControl": True})
    expect("changed account settings", chime.get_account_settings(AccountId=account)["AccountSettings"], {**settings, "DisableRemoteControl": True})
    return account


def listing():
    pages = list(chime.get_paginator("list_users").paginate(AccountId=LWA, PaginationConfig={"PageSize": 50}))
    expect("sizes of the pages", [len(p["Users"]) for p in pages], [50, 50, MEMBERS - 100])
    members = [u["UserId"] for p in pages for u in p["Users"]]
    ascending("members", members)
    refused(errors.BadRequestException, chime.list_users, AccountId=TEAM, MaxResults=50, NextToken=pages[0]["NextToken"])
    refused(errors.BadRequestException, chime.list_users, AccountId=LWA, MaxResults=201)
    found = chime.list_users(AccountId=LWA, UserEmail="LWA-001@Example.com")["Users"]
    expect("people of an address", [u["PrimaryEmail"] for u in found], ["lwa-001@example.com"])
    return members


def update(members):
    user = chime.get_user(AccountId=LWA, UserId=members[0])["User"]
    expect("a member", (user["UserId"], user["AccountId"], user["UserRegistrationStatus"], user["LicenseType"]), (members[0], LWA, "Registered", "Pro"))
    if not re.fullmatch("[0-9]{10}", user["PersonalPIN"]):
        raise SystemExit("the PIN is not of ten digits")
    answer = chime.update_user(AccountId=LWA, UserId=members[0], LicenseType="Basic")["User"]
    expect("the answer of update_user", answer, {"UserId": members[0]})
    items = [{"UserId": u, "LicenseType": "Basic"} for u in (members[1], "unknown", members[2])]
    expect("the errors of batch_update_user", outcomes(chime.batch_update_user(AccountId=LWA, UpdateUserRequestItems=items)), [("unknown", "NotFound")])
    expect("Basic licenses", [chime.get_user(AccountId=LWA, UserId=u)["User"]["LicenseType"] for u in members[:4]], ["Basic"] * 3 + ["Pro"])


def suspended_members():
    pages = chime.get_paginator("list_users").paginate(AccountId=LWA)
    return [u["UserId"] for p in pages for u in p["Users"] if u["UserRegistrationStatus"] == "Suspended"]


def suspend(members):
    stranger = chime.list_users(AccountId=TEAM, MaxResults=1)["Users"][0]["UserId"]
    expect("the errors of suspending 50", outcomes(chime.batch_suspend_user(AccountId=LWA, UserIdList=members[:50])), [])
    expect("the errors of suspending", outcomes(chime.batch_suspend_user(AccountId=LWA, UserIdList=[members[0], "unknown", stranger])),
           [("unknown", "NotFound"), (stranger, "NotFound")])
    refused(errors.BadRequestException, chime.batch_suspend_user, AccountId=LWA, UserIdList=members[:51])
    expect("suspended members", suspended_members(), members[:50])
    refused(errors.ForbiddenException, chime.batch_suspend_user, AccountId=DIRECTORY, UserIdList=["anybody"])

    expect("the errors of unsuspending 50", outcomes(chime.batch_unsuspend_user(AccountId=LWA, UserIdList=members[:50])), [])
    expect("suspended members", suspended_members(), [])
    expect("an unsuspended member", chime.get_user(AccountId=LWA, UserId=members[0])["User"]["UserRegistrationStatus"], "Registered")
    refused(errors.ForbiddenException, chime.batch_unsuspend_user, AccountId=TEAM, UserIdList=[stranger])


def team():
    pages = chime.get_paginator("list_users").paginate(AccountId=TEAM)
    members = [u["UserId"] for p in pages for u in p["Users"]]
    gone = members[0]
    expect("the errors of suspending 50 of a Team", outcomes(chime.batch_suspend_user(AccountId=TEAM, UserIdList=members[:50])), [])
    left = [u["UserId"] for u in chime.list_users(AccountId=TEAM)["Users"]]
    expect("who is left in the Team", left, members[50:])
    user = chime.get_user(AccountId=TEAM, UserId=gone)["User"]
    expect("a suspended member of the Team", (user["UserRegistrationStatus"], user.get("AccountId"), user["LicenseType"]), ("Suspended", None, "Basic"))
    refused(errors.NotFoundException, chime.update_user, AccountId=TEAM, UserId=gone, LicenseType="Pro")

    invites = chime.invite_users(AccountId=TEAM, UserEmailList=[user["PrimaryEmail"]])["Invites"]
    expect("the invitation", [(i["EmailAddress"], i["Status"], i["EmailStatus"]) for i in invites], [(user["PrimaryEmail"], "Pending", "NotSent")])
    user = chime.get_user(AccountId=TEAM, UserId=gone)["User"]
    expect("the invited one", (user["UserId"], user["UserRegistrationStatus"], user["UserInvitationStatus"]), (gone, "Unregistered", "Pending"))
    refused(errors.ForbiddenException, chime.invite_users, AccountId=LWA, UserEmailList=["somebody@example.com"])


def one_user(user):
    who = {"AccountId": LWA, "UserId": user}
    chime.logout_user(**who)
    refused(errors.NotFoundException, chime.logout_user, AccountId=LWA, UserId="unknown")
    old = chime.get_user(**who)["User"]["PersonalPIN"]
    new = chime.reset_personal_pin(**who)["User"]["PersonalPIN"]
    if new == old or not re.fullmatch("[0-9]{10}", new):
        raise SystemExit("the new PIN is not another one of ten digits")
    expect("the PIN read again is the new one", chime.get_user(**who)["User"]["PersonalPIN"] == new, True)

    settings = {"Telephony": {"InboundCalling": False, "OutboundCalling": False, "SMS": False}}
    expect("new user settings", chime.get_user_settings(**who)["UserSettings"], settings)
    settings = {"Telephony": {"InboundCalling": True, "OutboundCalling": True, "SMS": False}}
    chime.update_user_settings(**who, UserSettings=settings)
    expect("changed user settings", chime.get_user_settings(**who)["UserSettings"], settings)


def directory():
    device = {"UserType": "SharedDevice", "Email": "room@example.com"}
    refused(errors.BadRequestException, chime.create_user, AccountId=TEAM, **device)
    user = chime.create_user(AccountId=DIRECTORY, **device)["User"]
    expect("the device", (user["UserType"], user["UserRegistrationStatus"], user["LicenseType"]), ("SharedDevice", "Registered", "Pro"))
    refused(errors.ConflictException, chime.create_user, AccountId=DIRECTORY, **device)

    groups = [{"GroupName": "delegates"}]
    chime.associate_signin_delegate_groups_with_account(AccountId=DIRECTORY, SigninDelegateGroups=groups)
    expect("delegate groups", chime.get_account(AccountId=DIRECTORY)["Account"]["SigninDelegateGroups"], groups)
    chime.disassociate_signin_delegate_groups_from_account(AccountId=DIRECTORY, GroupNames=["delegates"])
    expect("delegate groups", chime.get_account(AccountId=DIRECTORY)["Account"].get("SigninDelegateGroups") or [], [])


def permissions():
    reader, leaver, stranger = (new_client(p) for p in ("READER", "LEAVER", "STRANGER"))
    expect("accounts that a reader sees", len(reader.list_accounts()["Accounts"]), 4)
    refused(reader.exceptions.ForbiddenException, reader.create_account, Name="Forbidden")
    refused(leaver.exceptions.UnauthorizedClientException, leaver.list_accounts)
    expect("accounts that a stranger sees", stranger.list_accounts()["Accounts"], [])
    refused(stranger.exceptions.NotFoundException, stranger.get_account, AccountId=LWA)


def presigned():
    def status(url, method):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method=method)) as answer:
                return answer.status
        except urllib.error.HTTPError as e:
            return e.code, e.headers["x-amzn-ErrorType"]

    url = chime.generate_presigned_url("get_account", Params={"AccountId": LWA}, ExpiresIn=60)
    expect("a presigned GET", status(url, "GET"), 200)
    expect("an altered one", status(url.replace(LWA, TEAM), "GET"), (403, "InvalidSignatureException"))
    url = chime.generate_presigned_url("delete_account", Params={"AccountId": LWA}, ExpiresIn=60)
    expect("a presigned DELETE", status(url, "DELETE"), (403, "InvalidSignatureException"))


def delete(account):
    refused(errors.UnprocessableEntityException, chime.delete_account, AccountId=LWA)
    chime.invite_users(AccountId=account, UserEmailList=["new@example.com"])
    refused(errors.UnprocessableEntityException, chime.delete_account, AccountId=account)
    invited = chime.list_users(AccountId=account)["Users"][0]["UserId"]
    expect("the errors of suspending the invited one", outcomes(chime.batch_suspend_user(AccountId=account, UserIdList=[invited])), [])
    refused(errors.NotFoundException, chime.get_user, AccountId=account, UserId=invited)
    chime.delete_account(AccountId=account)
    refused(errors.NotFoundException, chime.get_account, AccountId=account)
    refused(errors.NotFoundException, chime.delete_account, AccountId=account)


def main():
    created = accounts()
    members = listing()
    update(members)
    suspend(members)
    team()
    one_user(members[0])
    directory()
    permissions()
    presigned()
    delete(created)
    print(f"the scenario passed: boto3 {boto3.__version__}")


main()
