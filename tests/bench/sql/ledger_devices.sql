-- A device for each account of signet-bench, for its ledger phases: at the platform's own interface a device
-- needs no key. Devices that were made before stay.
INSERT INTO device (account_id, name, state, created_at_unix_ms)
SELECT a.account_id, 'ledger device', 2, a.created_at_unix_ms
FROM account a
WHERE a.handle LIKE 'bench-%'
  AND NOT EXISTS (SELECT FROM device d WHERE d.account_id = a.account_id AND d.name = 'ledger device')
ORDER BY a.account_id;
ANALYZE device, account;
