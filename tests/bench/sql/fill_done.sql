-- After fill_payments.sql and fill_entries.sql: counters, statistics, and the vacuum that would else run while it is measured.
SET synchronous_commit = off;

SELECT greatest(1, :payments / count(*)) AS each FROM device WHERE name = 'ledger device' \gset
UPDATE device SET highest_counter = highest_counter + :each WHERE name = 'ledger device';
VACUUM (ANALYZE) device;
ANALYZE journal;
VACUUM (FREEZE, ANALYZE) entry;
VACUUM (FREEZE, ANALYZE) payment;
CHECKPOINT;
