-- The postings and journal rows of fill_payments.sql: two a payment, one a hundred payments, in a chain that no writer has.
SET synchronous_commit = off;

SELECT min(account_id) AS first_account, max(account_id) AS last_account FROM account WHERE handle LIKE 'bench-%' \gset
SELECT min(device_id) AS first_device, count(*) AS devices FROM device WHERE name = 'ledger device' \gset

INSERT INTO entry (chain, sequence, line, account_id, amount_minor, posted_after_minor, device_id, counter)
SELECT 1000, 1 + i / 200, i % 200, :first_account + (i * 7919) % (:last_account - :first_account),
  CASE i % 2 WHEN 0 THEN -1000 ELSE 1000 END, 100000000 + i, :first_device + i / 2 % :devices, 1000000 + i
FROM generate_series(0::bigint, 2 * :payments - 1) AS i;

INSERT INTO journal (chain, sequence, previous_hash, hash, batch, created_at_unix_ms)
SELECT 1000, s, sha256(int8send(s - 1)), sha256(int8send(s)),
  (SELECT string_agg(sha256(int8send(s * 1000 + k)), ''::bytea) FROM generate_series(1, 100) AS k), 1700000000000 + s
FROM generate_series(1::bigint, :payments / 100) AS s;
