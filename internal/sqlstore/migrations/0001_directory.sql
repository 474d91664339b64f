-- Text keys, times in microseconds since 1970 (0 for none), booleans as 0 or 1,
-- JSON as text. "clustered" marks tables whose rows an engine should keep in the
-- order of their key.
--
-- Tables of an account begin with the account in every key. What is looked up
-- across accounts has a table of its own, keyed by what it looks up. A record_id
-- outside of the audit is that of the audit record of the transaction that wrote
-- the row.

CREATE TABLE accounts (
  account_id             TEXT   NOT NULL,
  tenant_id              TEXT   NOT NULL,
  name                   TEXT   NOT NULL,
  account_type           TEXT   NOT NULL,
  status                 TEXT   NOT NULL,
  created                BIGINT NOT NULL,
  default_license        TEXT   NOT NULL,
  supported_licenses     TEXT   NOT NULL,
  signin_delegate_groups TEXT   NOT NULL,
  disable_remote_control BIGINT NOT NULL,
  enable_dial_out        BIGINT NOT NULL,
  released_domains       TEXT   NOT NULL,
  deleted                BIGINT NOT NULL,
  record_id              TEXT   NOT NULL,
  PRIMARY KEY (account_id)
) /* clustered */;

-- The same accounts as their tenant lists them.
CREATE TABLE tenant_accounts (
  tenant_id              TEXT   NOT NULL,
  account_id             TEXT   NOT NULL,
  name                   TEXT   NOT NULL,
  account_type           TEXT   NOT NULL,
  status                 TEXT   NOT NULL,
  created                BIGINT NOT NULL,
  default_license        TEXT   NOT NULL,
  supported_licenses     TEXT   NOT NULL,
  signin_delegate_groups TEXT   NOT NULL,
  deleted                BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, account_id)
) /* clustered */;

-- What a suspension writes, kept narrow. role_id is that of the member's role as an
-- administrator, or empty.
CREATE TABLE members (
  account_id TEXT   NOT NULL,
  user_id    TEXT   NOT NULL,
  status     TEXT   NOT NULL,
  license    TEXT   NOT NULL,
  epoch      BIGINT NOT NULL,
  signed_out BIGINT NOT NULL,
  role_id    TEXT   NOT NULL,
  record_id  TEXT   NOT NULL,
  PRIMARY KEY (account_id, user_id)
) /* clustered */;

CREATE TABLE member_profiles (
  account_id       TEXT   NOT NULL,
  user_id          TEXT   NOT NULL,
  email            TEXT   NOT NULL,
  display_name     TEXT   NOT NULL,
  pin              TEXT   NOT NULL,
  user_type        TEXT   NOT NULL,
  registered       BIGINT NOT NULL,
  invitation       TEXT   NOT NULL,
  invite_id        TEXT   NOT NULL,
  email_status     TEXT   NOT NULL,
  invited          BIGINT NOT NULL,
  alexa_enabled    BIGINT NOT NULL,
  alexa_room_arn   TEXT   NOT NULL,
  inbound_calling  BIGINT NOT NULL,
  outbound_calling BIGINT NOT NULL,
  sms              BIGINT NOT NULL,
  PRIMARY KEY (account_id, user_id),
  FOREIGN KEY (account_id, user_id) REFERENCES members (account_id, user_id) ON DELETE CASCADE
) /* clustered */;

-- Those of an account in the order of their addresses: lower() is of ASCII letters.
CREATE INDEX member_profiles_by_address ON member_profiles (account_id, lower(email), user_id);
CREATE INDEX member_profiles_of_devices ON member_profiles (account_id, user_id) WHERE user_type = 'SharedDevice';

CREATE TABLE former_members (
  account_id   TEXT   NOT NULL,
  user_id      TEXT   NOT NULL,
  email        TEXT   NOT NULL,
  display_name TEXT   NOT NULL,
  user_type    TEXT   NOT NULL,
  invitation   TEXT   NOT NULL,
  invited      BIGINT NOT NULL,
  registered   BIGINT NOT NULL,
  removed      BIGINT NOT NULL,
  record_id    TEXT   NOT NULL,
  PRIMARY KEY (account_id, user_id)
) /* clustered */;

CREATE TABLE people (
  user_id      TEXT   NOT NULL,
  account_id   TEXT   NOT NULL,
  email        TEXT   NOT NULL,
  display_name TEXT   NOT NULL,
  pin          TEXT   NOT NULL,
  registered   BIGINT NOT NULL,
  epoch        BIGINT NOT NULL,
  signed_out   BIGINT NOT NULL,
  identity     BIGINT NOT NULL,
  record_id    TEXT   NOT NULL,
  PRIMARY KEY (user_id)
) /* clustered */;

CREATE TABLE addresses (
  email_key TEXT NOT NULL,
  user_id   TEXT NOT NULL,
  PRIMARY KEY (email_key)
) /* clustered */;

CREATE TABLE pins (
  pin     TEXT NOT NULL,
  user_id TEXT NOT NULL,
  PRIMARY KEY (pin)
) /* clustered */;

CREATE TABLE principals (
  tenant_id    TEXT   NOT NULL,
  name         TEXT   NOT NULL,
  principal_id TEXT   NOT NULL,
  disabled     BIGINT NOT NULL,
  created      BIGINT NOT NULL,
  policies     TEXT   NOT NULL,
  record_id    TEXT   NOT NULL,
  PRIMARY KEY (tenant_id, name)
) /* clustered */;

CREATE TABLE access_keys (
  access_key_id TEXT   NOT NULL,
  tenant_id     TEXT   NOT NULL,
  principal     TEXT   NOT NULL,
  sealed_secret BYTEA  NOT NULL,
  disabled      BIGINT NOT NULL,
  created       BIGINT NOT NULL,
  record_id     TEXT   NOT NULL,
  PRIMARY KEY (access_key_id)
) /* clustered */;

-- The roles of administrators, as their tenant lists them. A role counts while the
-- member has it.
CREATE TABLE administrators (
  tenant_id  TEXT   NOT NULL,
  account_id TEXT   NOT NULL,
  user_id    TEXT   NOT NULL,
  role_id    TEXT   NOT NULL,
  policies   TEXT   NOT NULL,
  granted    BIGINT NOT NULL,
  record_id  TEXT   NOT NULL,
  PRIMARY KEY (tenant_id, account_id, user_id)
) /* clustered */;

CREATE TABLE account_audit (
  account_id TEXT   NOT NULL,
  record_id  TEXT   NOT NULL,
  time       BIGINT NOT NULL,
  tenant_id  TEXT   NOT NULL,
  operation  TEXT   NOT NULL,
  principal  TEXT   NOT NULL,
  repeats    BIGINT NOT NULL,
  document   TEXT   NOT NULL,
  PRIMARY KEY (account_id, record_id)
) /* clustered */;

CREATE INDEX account_audit_by_time ON account_audit (record_id);
CREATE INDEX account_audit_of_tenant ON account_audit (tenant_id, record_id);

-- The record of what concerns no one account.
CREATE TABLE tenant_audit (
  tenant_id TEXT   NOT NULL,
  record_id TEXT   NOT NULL,
  time      BIGINT NOT NULL,
  operation TEXT   NOT NULL,
  principal TEXT   NOT NULL,
  repeats   BIGINT NOT NULL,
  document  TEXT   NOT NULL,
  PRIMARY KEY (tenant_id, record_id)
) /* clustered */;

CREATE INDEX tenant_audit_by_time ON tenant_audit (record_id);

CREATE TABLE settings (
  name  TEXT  NOT NULL,
  value BYTEA NOT NULL,
  PRIMARY KEY (name)
) /* clustered */;

-- What was counted in the background, as JSON, and where the background jobs stand.
CREATE TABLE account_summaries (
  account_id TEXT   NOT NULL,
  computed   BIGINT NOT NULL,
  document   TEXT   NOT NULL,
  PRIMARY KEY (account_id)
) /* clustered */;

CREATE TABLE tenant_summaries (
  tenant_id TEXT   NOT NULL,
  computed  BIGINT NOT NULL,
  document  TEXT   NOT NULL,
  PRIMARY KEY (tenant_id)
) /* clustered */;

CREATE TABLE jobs (
  name       TEXT   NOT NULL,
  holder     TEXT   NOT NULL,
  held_until BIGINT NOT NULL,
  state      BYTEA  NOT NULL,
  PRIMARY KEY (name)
) /* clustered */;
