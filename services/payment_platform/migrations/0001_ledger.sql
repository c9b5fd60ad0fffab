-- Accounts, devices, payments, postings and the journal. Money is a count of minor units. Numbers for states and
-- kinds are those of the protos (platform.v1.AccountKind, AccountState, DeviceState; payments.v1.PaymentState, DeclineReason).
-- No index on a balance, and room in each page, so that balance updates stay in the page (HOT).

CREATE TABLE account (
  account_id          bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  handle              text     NOT NULL UNIQUE,
  name                text     NOT NULL,
  kind                smallint NOT NULL CHECK (kind BETWEEN 1 AND 3),
  state               smallint NOT NULL CHECK (state BETWEEN 1 AND 2),
  currency_code       text     NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
  posted_minor        bigint   NOT NULL DEFAULT 0,
  reserved_minor      bigint   NOT NULL DEFAULT 0 CHECK (reserved_minor >= 0),
  floor_minor         bigint,  -- posted - reserved never falls below it; NULL: unbounded (system accounts)
  payment_limit_minor bigint   NOT NULL CHECK (payment_limit_minor > 0),
  created_at_unix_ms  bigint   NOT NULL,
  CONSTRAINT account_floor CHECK (floor_minor IS NULL OR posted_minor - reserved_minor >= floor_minor)
) WITH (fillfactor = 70);

CREATE TABLE device (
  device_id           bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (device_id BETWEEN 1 AND 4294967295),
  account_id          bigint   NOT NULL REFERENCES account,
  name                text     NOT NULL,
  state               smallint NOT NULL CHECK (state BETWEEN 1 AND 4),
  highest_counter     bigint   NOT NULL DEFAULT 0 CHECK (highest_counter BETWEEN 0 AND 4294901760),
  certificate_der     bytea,
  created_at_unix_ms  bigint   NOT NULL,
  enrolled_at_unix_ms bigint   NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE INDEX device_account ON device (account_id);

-- An activation code, known by its public key only.
CREATE TABLE enrollment (
  activation_public_key bytea    PRIMARY KEY CHECK (length(activation_public_key) = 32),
  device_id             bigint   NOT NULL REFERENCES device,
  expires_at_unix_ms    bigint   NOT NULL,
  tries_left            smallint NOT NULL CHECK (tries_left >= 0),
  request_hash          bytea,   -- of the request that was admitted; the same one may come again
  completed_at_unix_ms  bigint   NOT NULL DEFAULT 0
);

-- One row an instruction. What it was bound to (header, body, signature) is kept as evidence; the answers
-- are kept as bytes, so that the same message always gets the same answer.
CREATE TABLE payment (
  device_id              bigint   NOT NULL,
  counter                bigint   NOT NULL CHECK (counter BETWEEN 1 AND 4294901760),
  state                  smallint NOT NULL CHECK (state BETWEEN 1 AND 4),
  decline_reason         smallint NOT NULL DEFAULT 0,
  payer_account_id       bigint   NOT NULL,
  payee_account_id       bigint,  -- NULL: declined, payee unknown
  currency_code          text     NOT NULL,
  amount_minor           bigint   NOT NULL,
  payee_handle           text     NOT NULL,
  payee_name             text     NOT NULL,
  reference              text     NOT NULL DEFAULT '',
  instruction_hash       bytea    NOT NULL CHECK (length(instruction_hash) = 32),
  instruction_header     bytea    NOT NULL,
  instruction_body       bytea    NOT NULL,
  instruction_signature  bytea    NOT NULL,
  answer_type            smallint NOT NULL,  -- sealing.v1.MessageType of answer_body
  answer_body            bytea    NOT NULL,
  confirmation_hash      bytea,
  confirmation_header    bytea,
  confirmation_body      bytea,
  confirmation_signature bytea,
  outcome_type           smallint NOT NULL DEFAULT 0,  -- of outcome_body: receipt, or decline when expired
  outcome_body           bytea,
  created_at_unix_ms     bigint   NOT NULL,
  expires_at_unix_ms     bigint   NOT NULL,
  completed_at_unix_ms   bigint   NOT NULL DEFAULT 0,
  PRIMARY KEY (device_id, counter)
) WITH (fillfactor = 80);
CREATE INDEX payment_open ON payment (expires_at_unix_ms) WHERE state = 1;

-- Double entry: the postings of one payment (or deposit) sum to zero. Written once.
CREATE TABLE entry (
  chain              integer NOT NULL,
  sequence           bigint  NOT NULL,
  line               integer NOT NULL,
  account_id         bigint  NOT NULL,
  amount_minor       bigint  NOT NULL CHECK (amount_minor <> 0),
  posted_after_minor bigint  NOT NULL,  -- the account's running balance
  device_id          bigint,            -- the payment; NULL for an opening deposit
  counter            bigint,
  PRIMARY KEY (chain, sequence, line)
);

-- One row a committed batch. hash = JournalDigest(previous_hash, batch). Each writer has a chain of its own, so that writers do
-- not wait for each other. Written once.
CREATE TABLE journal (
  chain              integer NOT NULL,
  sequence           bigint  NOT NULL CHECK (sequence > 0),
  previous_hash      bytea   NOT NULL,  -- 32 zero bytes at sequence 1
  hash               bytea   NOT NULL CHECK (length(hash) = 32),
  batch              bytea   NOT NULL,  -- a serialized platform.v1.JournalBatch
  created_at_unix_ms bigint  NOT NULL,
  PRIMARY KEY (chain, sequence)
);
ALTER TABLE journal ALTER batch SET STORAGE EXTERNAL;  -- mostly hashes: not worth compressing

-- What operators did.
CREATE TABLE audit (
  audit_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at_unix_ms     bigint NOT NULL,
  operator       text   NOT NULL,
  action         text   NOT NULL,
  subject        text   NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is written once: % refused', TG_TABLE_NAME, TG_OP;
END $$;
CREATE TRIGGER entry_immutable   BEFORE UPDATE OR DELETE OR TRUNCATE ON entry   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER journal_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_immutable   BEFORE UPDATE OR DELETE OR TRUNCATE ON audit   FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
