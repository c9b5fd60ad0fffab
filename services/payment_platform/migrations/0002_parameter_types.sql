-- Row types of the ledger's parameters: what a statement writes of a table, and no more, so that
-- a column that a later release adds to the table is nothing to this one. A type never changes: a
-- release that writes another column brings a type of its own (new_payment_2), and leaves this one
-- to the release before it.

CREATE TYPE new_account AS (
  account_id          bigint,
  handle              text,
  name                text,
  kind                smallint,
  state               smallint,
  currency_code       text,
  floor_minor         bigint,
  payment_limit_minor bigint,
  created_at_unix_ms  bigint
);

CREATE TYPE new_payment AS (
  device_id              bigint,
  counter                bigint,
  state                  smallint,
  decline_reason         smallint,
  payer_account_id       bigint,
  payee_account_id       bigint,
  currency_code          text,
  amount_minor           bigint,
  payee_handle           text,
  payee_name             text,
  reference              text,
  instruction_hash       bytea,
  instruction_header     bytea,
  instruction_body       bytea,
  instruction_signature  bytea,
  answer_type            smallint,
  answer_body            bytea,
  confirmation_hash      bytea,
  confirmation_header    bytea,
  confirmation_body      bytea,
  confirmation_signature bytea,
  outcome_type           smallint,
  outcome_body           bytea,
  created_at_unix_ms     bigint,
  expires_at_unix_ms     bigint,
  completed_at_unix_ms   bigint
);

CREATE TYPE payment_completion AS (
  device_id              bigint,
  counter                bigint,
  state                  smallint,
  decline_reason         smallint,
  confirmation_hash      bytea,
  confirmation_header    bytea,
  confirmation_body      bytea,
  confirmation_signature bytea,
  outcome_type           smallint,
  outcome_body           bytea,
  completed_at_unix_ms   bigint
);

CREATE TYPE new_entry AS (
  chain              integer,
  sequence           bigint,
  line               integer,
  account_id         bigint,
  amount_minor       bigint,
  posted_after_minor bigint,
  device_id          bigint,
  counter            bigint
);
