-- psql -v role=signet_run -f restrict.sql, as the owner of the tables, after each `signet-platform migrate`.
-- Gives that role what `signet-platform run` needs and no more: it cannot change or remove what is written once (entry, journal, audit), nor the
-- triggers that guard it, nor the schema. Make the role once: CREATE ROLE signet_run LOGIN;
\set ON_ERROR_STOP on
BEGIN;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :"role";
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO :"role";
GRANT SELECT ON ALL TABLES IN SCHEMA public TO :"role";
GRANT INSERT ON account, device, enrollment, payment, entry, journal, audit TO :"role";
GRANT UPDATE ON account, device, enrollment, payment TO :"role";
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO :"role";
COMMIT;
