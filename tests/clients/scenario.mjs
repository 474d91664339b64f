// The scenario of README.md for AWS's JavaScript SDKs, whose clients have the same methods. It ends at the first answer that is
// not as it should be.
import assert from "node:assert/strict";

const env = process.env;
const { SCENARIO_TENANT: tenant, SCENARIO_TEAM: Team, SCENARIO_LWA: LWA, SCENARIO_DIRECTORY: Directory } = env;
const total = Number(env.SCENARIO_MEMBERS);
const ids = (users) => users.map((u) => u.UserId);
const outcomes = (answer) => answer.UserErrors.map((e) => [e.UserId, e.ErrorCode]);

let connect, isException, chime;

// run runs the scenario. connect(credentials) returns a client that does not retry and answers with promises, with the root's key
// from the environment when there are no credentials; isException(error, name) tells whether an error is that exception.
export async function run(sdk) {
  ({ connect, isException } = sdk);
  chime = connect();
  const created = await accounts();
  const members = await listing();
  await update(members);
  await suspend(members);
  await team();
  await oneUser(members[0]);
  await directory();
  await permissions();
  await remove(created);
  console.log(`the scenario passed: ${sdk.name} on Node.js ${process.version}`);
}

function connectAs(principal) {
  return connect({ accessKeyId: env[`${principal}_KEY_ID`], secretAccessKey: env[`${principal}_SECRET`] });
}

// refused expects the promise to be rejected with the exception.
async function refused(exception, promise) {
  await assert.rejects(promise, (e) => {
    assert.ok(isException(e, exception), `got ${e.name}: ${e.message}, want ${exception}`);
    return true;
  });
}

// collect follows NextToken and returns the pages.
async function collect(operation, input, member) {
  const pages = [];
  let NextToken;
  do {
    const answer = await chime[operation]({ ...input, ...(NextToken && { NextToken }) });
    pages.push(answer[member]);
    NextToken = answer.NextToken;
  } while (NextToken);
  return pages;
}

function ascending(list, what) {
  assert.deepEqual(list, [...new Set(list)].sort(), `${what} are not in order`);
}

async function accounts() {
  const { Account: created } = await chime.createAccount({ Name: "Scenario" });
  const { Name, AccountType, AwsAccountId, DefaultLicense } = created;
  assert.deepEqual([Name, AccountType, AwsAccountId, DefaultLicense], ["Scenario", "Team", tenant, "Pro"]);
  assert.deepEqual([...created.SupportedLicenses].sort(), ["Basic", "Pro"]);
  assert.ok(created.CreatedTimestamp instanceof Date);
  await refused("BadRequestException", chime.createAccount({ Name: " " }));
  const AccountId = created.AccountId;
  assert.deepEqual((await chime.getAccount({ AccountId })).Account, created);

  const pages = await collect("listAccounts", { MaxResults: 1 }, "Accounts");
  assert.deepEqual(pages.map((p) => p.length), [1, 1, 1, 1]);
  ascending(pages.flat().map((a) => a.AccountId), "accounts");
  assert.deepEqual((await chime.listAccounts({ Name: "Scen" })).Accounts.map((a) => a.AccountId), [AccountId]);
  assert.deepEqual((await chime.listAccounts({ UserEmail: "lwa-001@example.com" })).Accounts.map((a) => a.AccountId), [LWA]);

  const { Account: updated } = await chime.updateAccount({ AccountId, Name: "Renamed", DefaultLicense: "Basic" });
  assert.deepEqual([updated.Name, updated.DefaultLicense], ["Renamed", "Basic"]);
  const settings = async () => (await chime.getAccountSettings({ AccountId })).AccountSettings;
  assert.deepEqual(await settings(), { DisableRemoteControl: false, EnableDialOut: false });
  await chime.updateAccountSettings({ AccountId, AccountSettings: { DisableRemoteControl: true } });
  assert.deepEqual(await settings(), { DisableRemoteControl: true, EnableDialOut: false });
  return AccountId;
}

async function listing() {
  const pages = await collect("listUsers", { AccountId: LWA, MaxResults: 50 }, "Users");
  assert.deepEqual(pages.map((p) => p.length), [50, 50, total - 100]);
  const members = ids(pages.flat());
  ascending(members, "members");
  const { NextToken } = await chime.listUsers({ AccountId: LWA, MaxResults: 50 });
  await refused("BadRequestException", chime.listUsers({ AccountId: Team, MaxResults: 50, NextToken }));
  await refused("BadRequestException", chime.listUsers({ AccountId: LWA, MaxResults: 201 }));
  const { Users } = await chime.listUsers({ AccountId: LWA, UserEmail: "LWA-001@Example.com" });
  assert.deepEqual(Users.map((u) => u.PrimaryEmail), ["lwa-001@example.com"]);
  return members;
}

async function update(members) {
  const get = async (UserId) => (await chime.getUser({ AccountId: LWA, UserId })).User;
  const user = await get(members[0]);
  assert.deepEqual([user.UserId, user.AccountId, user.UserRegistrationStatus, user.LicenseType], [members[0], LWA, "Registered", "Pro"]);
  assert.match(user.PersonalPIN, /^[0-9]{10}$/);
  const { User: answer } = await chime.updateUser({ AccountId: LWA, UserId: members[0], LicenseType: "Basic" });
  assert.deepEqual([answer.UserId, answer.LicenseType ?? null], [members[0], null]);
  const items = [members[1], "unknown", members[2]].map((UserId) => ({ UserId, LicenseType: "Basic" }));
  assert.deepEqual(outcomes(await chime.batchUpdateUser({ AccountId: LWA, UpdateUserRequestItems: items })), [["unknown", "NotFound"]]);
  const licenses = await Promise.all(members.slice(0, 4).map(async (id) => (await get(id)).LicenseType));
  assert.deepEqual(licenses, ["Basic", "Basic", "Basic", "Pro"]);
}

async function suspend(members) {
  const fifty = members.slice(0, 50);
  const suspended = async () => {
    const pages = await collect("listUsers", { AccountId: LWA }, "Users");
    return ids(pages.flat().filter((u) => u.UserRegistrationStatus === "Suspended"));
  };
  const other = (await chime.listUsers({ AccountId: Team, MaxResults: 1 })).Users[0].UserId;
  assert.deepEqual(outcomes(await chime.batchSuspendUser({ AccountId: LWA, UserIdList: fifty })), []);
  assert.deepEqual(outcomes(await chime.batchSuspendUser({ AccountId: LWA, UserIdList: [members[0], "unknown", other] })), [["unknown", "NotFound"], [other, "NotFound"]]);
  await refused("BadRequestException", chime.batchSuspendUser({ AccountId: LWA, UserIdList: members.slice(0, 51) }));
  assert.deepEqual(await suspended(), fifty);
  await refused("ForbiddenException", chime.batchSuspendUser({ AccountId: Directory, UserIdList: ["anybody"] }));

  assert.deepEqual(outcomes(await chime.batchUnsuspendUser({ AccountId: LWA, UserIdList: fifty })), []);
  assert.deepEqual(await suspended(), []);
  assert.equal((await chime.getUser({ AccountId: LWA, UserId: members[0] })).User.UserRegistrationStatus, "Registered");
  await refused("ForbiddenException", chime.batchUnsuspendUser({ AccountId: Team, UserIdList: [other] }));
}

async function team() {
  const members = ids((await collect("listUsers", { AccountId: Team }, "Users")).flat());
  const who = { AccountId: Team, UserId: members[0] };
  assert.deepEqual(outcomes(await chime.batchSuspendUser({ AccountId: Team, UserIdList: members.slice(0, 50) })), []);
  assert.deepEqual(ids((await chime.listUsers({ AccountId: Team })).Users), members.slice(50));
  let { User: user } = await chime.getUser(who);
  assert.deepEqual([user.UserRegistrationStatus, user.AccountId ?? null, user.LicenseType], ["Suspended", null, "Basic"]);
  await refused("NotFoundException", chime.updateUser({ ...who, LicenseType: "Pro" }));

  const { Invites } = await chime.inviteUsers({ AccountId: Team, UserEmailList: [user.PrimaryEmail] });
  assert.deepEqual(Invites.map((i) => [i.EmailAddress, i.Status, i.EmailStatus]), [[user.PrimaryEmail, "Pending", "NotSent"]]);
  ({ User: user } = await chime.getUser(who));
  assert.deepEqual([user.UserId, user.UserRegistrationStatus, user.UserInvitationStatus], [members[0], "Unregistered", "Pending"]);
  await refused("ForbiddenException", chime.inviteUsers({ AccountId: LWA, UserEmailList: ["somebody@example.com"] }));
}

async function oneUser(UserId) {
  const who = { AccountId: LWA, UserId };
  await chime.logoutUser(who);
  await refused("NotFoundException", chime.logoutUser({ AccountId: LWA, UserId: "unknown" }));
  const { PersonalPIN: before } = (await chime.getUser(who)).User;
  const { PersonalPIN: after } = (await chime.resetPersonalPIN(who)).User;
  assert.match(after, /^[0-9]{10}$/);
  assert.notEqual(after, before);
  assert.equal((await chime.getUser(who)).User.PersonalPIN, after);

  const settings = async () => (await chime.getUserSettings(who)).UserSettings.Telephony;
  assert.deepEqual(await settings(), { InboundCalling: false, OutboundCalling: false, SMS: false });
  const Telephony = { InboundCalling: true, OutboundCalling: true, SMS: false };
  await chime.updateUserSettings({ ...who, UserSettings: { Telephony } });
  assert.deepEqual(await settings(), Telephony);
}

async function directory() {
  const device = { UserType: "SharedDevice", Email: "room@example.com" };
  await refused("BadRequestException", chime.createUser({ AccountId: Team, ...device }));
  const { User } = await chime.createUser({ AccountId: Directory, ...device });
  assert.deepEqual([User.UserType, User.UserRegistrationStatus, User.LicenseType], ["SharedDevice", "Registered", "Pro"]);
  await refused("ConflictException", chime.createUser({ AccountId: Directory, ...device }));

  const groups = async () => (await chime.getAccount({ AccountId: Directory })).Account.SigninDelegateGroups ?? [];
  await chime.associateSigninDelegateGroupsWithAccount({ AccountId: Directory, SigninDelegateGroups: [{ GroupName: "delegates" }] });
  assert.deepEqual(await groups(), [{ GroupName: "delegates" }]);
  await chime.disassociateSigninDelegateGroupsFromAccount({ AccountId: Directory, GroupNames: ["delegates"] });
  assert.deepEqual(await groups(), []);
}

async function permissions() {
  const reader = connectAs("READER");
  const stranger = connectAs("STRANGER");
  assert.equal((await reader.listAccounts({})).Accounts.length, 4);
  await refused("ForbiddenException", reader.createAccount({ Name: "Forbidden" }));
  await refused("UnauthorizedClientException", connectAs("LEAVER").listAccounts({}));
  assert.deepEqual((await stranger.listAccounts({})).Accounts, []);
  await refused("NotFoundException", stranger.getAccount({ AccountId: LWA }));
}

async function remove(AccountId) {
  await refused("UnprocessableEntityException", chime.deleteAccount({ AccountId: LWA }));
  await chime.inviteUsers({ AccountId, UserEmailList: ["new@example.com"] });
  await refused("UnprocessableEntityException", chime.deleteAccount({ AccountId }));
  const [UserId] = ids((await chime.listUsers({ AccountId })).Users);
  assert.deepEqual(outcomes(await chime.batchSuspendUser({ AccountId, UserIdList: [UserId] })), []);
  await refused("NotFoundException", chime.getUser({ AccountId, UserId }));
  await chime.deleteAccount({ AccountId });
  await refused("NotFoundException", chime.getAccount({ AccountId }));
  await refused("NotFoundException", chime.deleteAccount({ AccountId }));
}
