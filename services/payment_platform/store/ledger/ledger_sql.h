// The statements of the ledger's hot path. Each works on a whole batch; locks are taken in one
// fixed order: devices by ID, then accounts by ID. Their plans are made once a connection, by
// kKeepPlans, and find every row by an index.
#pragma once

#include "services/payment_platform/store/account_columns.h"
#include "services/payment_platform/store/device_columns.h"
#include "services/payment_platform/store/payment_columns.h"
#include "services/payment_platform/store/postgres/connection.h"

namespace signet::payment_platform::ledger_sql {

// "sgnC": a session holds (this, chain) for as long as it writes that chain.
inline constexpr char kClaimChain[] =
    "SELECT chain FROM generate_series(1, 64) AS chain"
    " WHERE pg_try_advisory_lock(1936158275, chain) LIMIT 1";

// Planning a small batch's statements costs more than carrying them out, so plans are kept. They do
// not know how many rows a batch will look up: each is looked up by an index, at a cost that does
// not grow with the table. Passing over rows is made to look expensive, so that no join does that
// instead, but of a table with hardly a row.
inline constexpr char kKeepPlans[] =
    "SET plan_cache_mode = force_generic_plan; SET jit = off; SET cpu_tuple_cost = 1000;"
    " SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
    " SET enable_material = off";
// A plan that was made for an empty table is bad once the table has grown.
inline constexpr Statement kForgetPlans{"ledger_forget_plans", "DISCARD PLANS"};

inline constexpr Statement kChainHead{
    "ledger_chain_head",
    "SELECT sequence, hash FROM journal WHERE chain = $1 ORDER BY sequence DESC LIMIT 1"};

inline constexpr Statement kLockDevices{
    "ledger_lock_devices",
    "SELECT " SIGNET_DEVICE_COLUMNS
    " FROM device d WHERE d.device_id = ANY ($1::bigint[]) ORDER BY d.device_id FOR NO KEY UPDATE"};

// Evidence stays in the database: only its hash is needed.
inline constexpr Statement kReadPayments{
    "ledger_read_payments",
    "SELECT " SIGNET_PAYMENT_COLUMNS
    " FROM unnest($1::bigint[], $2::bigint[]) AS k (device_id, counter)"
    " JOIN payment p ON p.device_id = k.device_id AND p.counter = k.counter"};

inline constexpr Statement kReadAccounts{"ledger_read_accounts",
                                         "SELECT " SIGNET_ACCOUNT_COLUMNS
                                         " FROM account a WHERE a.account_id = ANY ($1::bigint[])"};
inline constexpr Statement kReadAccountsByHandle{
    "ledger_read_accounts_by_handle",
    "SELECT " SIGNET_ACCOUNT_COLUMNS " FROM account a WHERE a.handle = ANY ($1::text[])"};
// A handle stays with its account.
inline constexpr Statement kLockAccounts{
    "ledger_lock_accounts",
    "SELECT " SIGNET_ACCOUNT_COLUMNS
    " FROM account a WHERE a.account_id = ANY ($1::bigint[] ||"
    " ARRAY(SELECT h.account_id FROM account h WHERE h.handle = ANY ($2::text[])))"
    " ORDER BY a.account_id FOR NO KEY UPDATE"};

inline constexpr Statement kMakeSystemAccounts{
    "ledger_make_system_accounts",
    "INSERT INTO account (handle, name, kind, state, currency_code, floor_minor,"
    " payment_limit_minor, created_at_unix_ms)"
    " SELECT k.handle, 'Signet ' || k.currency_code, 3, 1, k.currency_code, NULL,"
    " 9223372036854775807, $3::bigint"
    " FROM unnest($1::text[], $2::text[]) AS k (handle, currency_code)"
    " WHERE NOT EXISTS (SELECT FROM account a WHERE a.handle = k.handle)"
    " ON CONFLICT (handle) DO NOTHING"};

inline constexpr Statement kTakeAccountIds{
    "ledger_take_account_ids",
    "SELECT nextval(pg_get_serial_sequence('account', 'account_id'))"
    " FROM generate_series(1, $1::integer)"};

// What is inserted travels as rows of the types of migration 0002, which hold what is named here,
// whatever columns a later release adds to the tables.
#define SIGNET_NEW_ACCOUNT_COLUMNS                                                          \
  "account_id, handle, name, kind, state, currency_code, floor_minor, payment_limit_minor," \
  " created_at_unix_ms"
inline constexpr Statement kInsertAccounts{
    "ledger_insert_accounts", "INSERT INTO account (" SIGNET_NEW_ACCOUNT_COLUMNS
                              ") OVERRIDING SYSTEM VALUE SELECT " SIGNET_NEW_ACCOUNT_COLUMNS
                              " FROM unnest($1::new_account[])"};
#undef SIGNET_NEW_ACCOUNT_COLUMNS

inline constexpr Statement kRaiseCounters{
    "ledger_raise_counters",
    "UPDATE device d SET highest_counter = k.counter"
    " FROM unnest($1::bigint[], $2::bigint[]) AS k (device_id, counter)"
    " WHERE d.device_id = k.device_id"};

inline constexpr Statement kUpdateBalances{
    "ledger_update_balances",
    "UPDATE account a SET posted_minor = a.posted_minor + k.posted,"
    " reserved_minor = a.reserved_minor + k.reserved"
    " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS k (account_id, posted, reserved)"
    " WHERE a.account_id = k.account_id"};

#define SIGNET_NEW_PAYMENT_COLUMNS                                                          \
  "device_id, counter, state, decline_reason, payer_account_id, payee_account_id,"          \
  " currency_code, amount_minor, payee_handle, payee_name, reference, instruction_hash,"    \
  " instruction_header, instruction_body, instruction_signature, answer_type, answer_body," \
  " confirmation_hash, confirmation_header, confirmation_body, confirmation_signature,"     \
  " outcome_type, outcome_body, created_at_unix_ms, expires_at_unix_ms, completed_at_unix_ms"
inline constexpr Statement kInsertPayments{"ledger_insert_payments",
                                           "INSERT INTO payment (" SIGNET_NEW_PAYMENT_COLUMNS
                                           ") SELECT " SIGNET_NEW_PAYMENT_COLUMNS
                                           " FROM unnest($1::new_payment[])"};
#undef SIGNET_NEW_PAYMENT_COLUMNS

inline constexpr Statement kUpdatePayments{
    "ledger_update_payments",
    "UPDATE payment p SET state = k.state, decline_reason = k.decline_reason,"
    " completed_at_unix_ms = k.completed_at_unix_ms, confirmation_hash = k.confirmation_hash,"
    " confirmation_header = k.confirmation_header, confirmation_body = k.confirmation_body,"
    " confirmation_signature = k.confirmation_signature, outcome_type = k.outcome_type,"
    " outcome_body = k.outcome_body FROM unnest($1::payment_completion[]) AS k"
    " WHERE p.device_id = k.device_id AND p.counter = k.counter"};

#define SIGNET_NEW_ENTRY_COLUMNS \
  "chain, sequence, line, account_id, amount_minor, posted_after_minor, device_id, counter"
inline constexpr Statement kInsertEntries{
    "ledger_insert_entries", "INSERT INTO entry (" SIGNET_NEW_ENTRY_COLUMNS
                             ") SELECT " SIGNET_NEW_ENTRY_COLUMNS " FROM unnest($1::new_entry[])"};
#undef SIGNET_NEW_ENTRY_COLUMNS

inline constexpr Statement kInsertAudit{
    "ledger_insert_audit",
    "INSERT INTO audit (at_unix_ms, operator, action, subject)"
    " SELECT $1::bigint, k.operator, k.action, k.subject"
    " FROM unnest($2::text[], $3::text[], $4::text[]) AS k (operator, action, subject)"};

inline constexpr Statement kInsertJournal{
    "ledger_insert_journal",
    "INSERT INTO journal (chain, sequence, previous_hash, hash, batch, created_at_unix_ms)"
    " VALUES ($1, $2, $3, $4, $5, $6)"};

}  // namespace signet::payment_platform::ledger_sql
