-- Payments of the past, for the phase growth: -v payments=10000000. As many for each ledger device, above the counters
-- that it has used, with rows as large as real ones. With fill_entries.sql beside it and fill_done.sql after both. What they
-- store is not in the hash chains: the ledger is not verified after this.
SET synchronous_commit = off;

SELECT greatest(1, :payments / count(*)) AS each FROM device WHERE name = 'ledger device' \gset
SELECT min(account_id) AS first_account, max(account_id) AS last_account FROM account WHERE handle LIKE 'bench-%' \gset

INSERT INTO payment (device_id, counter, state, payer_account_id, payee_account_id, currency_code, amount_minor, payee_handle,
  payee_name, instruction_hash, instruction_header, instruction_body, instruction_signature, answer_type, answer_body,
  confirmation_hash, confirmation_header, confirmation_body, confirmation_signature, outcome_type, outcome_body,
  created_at_unix_ms, expires_at_unix_ms, completed_at_unix_ms)
SELECT d.device_id, d.highest_counter + n, 2, d.account_id,
  :first_account + (d.device_id * 7919 + n * 104729) % (:last_account - :first_account), 'EUR', 100 + n, 'bench-000000',
  'Bench 000000', sha256(int8send(d.device_id * 4294967296 + n)), decode(repeat('11', 20), 'hex'),
  decode(repeat('22', 42), 'hex'), decode(repeat('33', 64), 'hex'), 4, decode(repeat('44', 116), 'hex'),
  sha256(int8send(d.device_id * 4294967296 - n)), decode(repeat('11', 20), 'hex'), decode(repeat('66', 68), 'hex'),
  decode(repeat('33', 64), 'hex'), 6, decode(repeat('77', 176), 'hex'), d.created_at_unix_ms,
  d.created_at_unix_ms + 120000, d.created_at_unix_ms + 50
FROM device d CROSS JOIN generate_series(1::bigint, :each) AS n
WHERE d.name = 'ledger device';
