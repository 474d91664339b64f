-- Apps, what a sign-in issues, domains, and what has to be told to the world.
-- Each table is keyed by what it is looked up by: codes and tokens by their hash,
-- what is a person's by the person, what is an account's by the account.

CREATE TABLE apps (
  client_id         TEXT   NOT NULL,
  tenant_id         TEXT   NOT NULL,
  name              TEXT   NOT NULL,
  secret_hash       BYTEA  NOT NULL,
  redirect_uris     TEXT   NOT NULL,
  post_logout_uris  TEXT   NOT NULL,
  backchannel_uri   TEXT   NOT NULL,
  created           BIGINT NOT NULL,
  PRIMARY KEY (client_id)
) /* clustered */;

-- The ids of the apps that a tenant lists.
CREATE TABLE tenant_apps (
  tenant_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  PRIMARY KEY (tenant_id, client_id)
) /* clustered */;

-- upstream is the JSON of what is known of the provider, or empty.
CREATE TABLE sessions (
  user_id     TEXT   NOT NULL,
  session_id  TEXT   NOT NULL,
  secret_hash BYTEA  NOT NULL,
  epoch       BIGINT NOT NULL,
  method      TEXT   NOT NULL,
  device      TEXT   NOT NULL,
  created     BIGINT NOT NULL,
  expires     BIGINT NOT NULL,
  ended       BIGINT NOT NULL,
  upstream    TEXT   NOT NULL,
  PRIMARY KEY (user_id, session_id)
) /* clustered */;

CREATE INDEX sessions_by_expiry ON sessions (expires);

-- The sessions for which a session of a provider vouches, by that one's sid.
CREATE TABLE upstream_sessions (
  sid        TEXT NOT NULL,
  issuer     TEXT NOT NULL,
  user_id    TEXT NOT NULL,
  session_id TEXT NOT NULL,
  PRIMARY KEY (sid, issuer, user_id, session_id)
) /* clustered */;

CREATE TABLE grants (
  user_id    TEXT   NOT NULL,
  grant_id   TEXT   NOT NULL,
  session_id TEXT   NOT NULL,
  client_id  TEXT   NOT NULL,
  epoch      BIGINT NOT NULL,
  created    BIGINT NOT NULL,
  ended      BIGINT NOT NULL,
  PRIMARY KEY (user_id, grant_id)
) /* clustered */;

CREATE TABLE credentials (
  hash       TEXT   NOT NULL,
  kind       TEXT   NOT NULL,
  user_id    TEXT   NOT NULL,
  session_id TEXT   NOT NULL,
  grant_id   TEXT   NOT NULL,
  client_id  TEXT   NOT NULL,
  account_id TEXT   NOT NULL,
  epoch      BIGINT NOT NULL,
  issued     BIGINT NOT NULL,
  expires    BIGINT NOT NULL,
  used       BIGINT NOT NULL,
  ended      BIGINT NOT NULL,
  scope      TEXT   NOT NULL,
  request    TEXT   NOT NULL,
  PRIMARY KEY (hash)
) /* clustered */;

CREATE INDEX credentials_by_expiry ON credentials (expires);

CREATE TABLE logins (
  login_id     TEXT   NOT NULL,
  secret_hash  BYTEA  NOT NULL,
  created      BIGINT NOT NULL,
  expires      BIGINT NOT NULL,
  finished     BIGINT NOT NULL,
  user_id      TEXT   NOT NULL,
  epoch        BIGINT NOT NULL,
  code_email   TEXT   NOT NULL,
  code_mac     BYTEA  NOT NULL,
  code_expires BIGINT NOT NULL,
  attempts     BIGINT NOT NULL,
  code_used    BIGINT NOT NULL,
  proof        TEXT   NOT NULL,
  request      BYTEA  NOT NULL,
  PRIMARY KEY (login_id)
) /* clustered */;

CREATE INDEX logins_by_expiry ON logins (expires);

CREATE TABLE passkeys (
  user_id    TEXT   NOT NULL,
  passkey_id TEXT   NOT NULL,
  name       TEXT   NOT NULL,
  identity   BIGINT NOT NULL,
  key        BYTEA  NOT NULL,
  created    BIGINT NOT NULL,
  PRIMARY KEY (user_id, passkey_id)
) /* clustered */;

CREATE TABLE links (
  subject  TEXT   NOT NULL,
  issuer   TEXT   NOT NULL,
  user_id  TEXT   NOT NULL,
  identity BIGINT NOT NULL,
  created  BIGINT NOT NULL,
  PRIMARY KEY (subject, issuer)
) /* clustered */;

-- Which account has verified a domain.
CREATE TABLE domains (
  domain     TEXT NOT NULL,
  account_id TEXT NOT NULL,
  PRIMARY KEY (domain)
) /* clustered */;

CREATE TABLE account_domains (
  account_id TEXT   NOT NULL,
  domain     TEXT   NOT NULL,
  status     TEXT   NOT NULL,
  challenge  TEXT   NOT NULL,
  added      BIGINT NOT NULL,
  verified   BIGINT NOT NULL,
  PRIMARY KEY (account_id, domain)
) /* clustered */;

CREATE TABLE providers (
  account_id    TEXT   NOT NULL,
  issuer        TEXT   NOT NULL,
  client_id     TEXT   NOT NULL,
  sealed_secret BYTEA  NOT NULL,
  groups_claim  TEXT   NOT NULL,
  basic_groups  TEXT   NOT NULL,
  pro_groups    TEXT   NOT NULL,
  created       BIGINT NOT NULL,
  PRIMARY KEY (account_id)
) /* clustered */;

-- people is the JSON of whom the event concerns.
CREATE TABLE outbox (
  account_id TEXT   NOT NULL,
  event_id   TEXT   NOT NULL,
  kind       TEXT   NOT NULL,
  people     TEXT   NOT NULL,
  session_id TEXT   NOT NULL,
  created    BIGINT NOT NULL,
  due        BIGINT NOT NULL,
  spread     BIGINT NOT NULL,
  PRIMARY KEY (account_id, event_id)
) /* clustered */;

CREATE INDEX outbox_due ON outbox (account_id, due, event_id) WHERE due > 0;

CREATE TABLE deliveries (
  user_id    TEXT   NOT NULL,
  event_id   TEXT   NOT NULL,
  client_id  TEXT   NOT NULL,
  session_id TEXT   NOT NULL,
  account_id TEXT   NOT NULL,
  status     TEXT   NOT NULL,
  attempts   BIGINT NOT NULL,
  created    BIGINT NOT NULL,
  due        BIGINT NOT NULL,
  settled    BIGINT NOT NULL,
  reason     TEXT   NOT NULL,
  PRIMARY KEY (user_id, event_id, client_id, session_id)
) /* clustered */;

CREATE INDEX deliveries_settled ON deliveries (settled, user_id, event_id, client_id, session_id) WHERE settled > 0;
