#include "services/payment_platform/store/account_store.h"

#include <optional>

namespace signet::payment_platform {
namespace {

constexpr Statement kFindAccount = {
    "find_account",
    "SELECT account_id, handle, name, kind, state, currency_code, posted_minor, reserved_minor,"
    " floor_minor, payment_limit_minor, created_at_unix_ms FROM account WHERE handle = $1"};

// As the ledger's writers lock it, so none of them decides by the former state once this commits.
constexpr Statement kLockAccount = {"lock_account",
                                    "SELECT FROM account WHERE handle = $1 FOR UPDATE"};
constexpr Statement kSetAccountState = {"set_account_state",
                                        "UPDATE account SET state = $2 WHERE account_id = $1"};

absl::Status NoSuchAccount(const std::string& handle) {
  return absl::NotFoundError("there is no account \"" + handle +
                             "\"; check the handle, or open it with `signetctl account create`");
}

AccountRecord ReadAccount(const pqxx::row& row) {
  AccountRecord record;
  record.account.id = row["account_id"].as<int64_t>();
  record.account.handle = row["handle"].as<std::string>();
  record.account.name = row["name"].as<std::string>();
  record.account.kind = static_cast<AccountKind>(row["kind"].as<int>());
  record.account.state = static_cast<AccountState>(row["state"].as<int>());
  record.account.currency_code = row["currency_code"].as<std::string>();
  record.account.posted_minor = row["posted_minor"].as<int64_t>();
  record.account.reserved_minor = row["reserved_minor"].as<int64_t>();
  if (!row["floor_minor"].is_null()) {
    record.account.floor_minor = row["floor_minor"].as<int64_t>();
  }
  record.account.payment_limit_minor = row["payment_limit_minor"].as<int64_t>();
  record.created_at_unix_ms = row["created_at_unix_ms"].as<int64_t>();
  return record;
}

}  // namespace

absl::StatusOr<AccountRecord> FindAccount(Database& database, const std::string& handle) {
  AccountRecord record;
  const absl::Status status = database.RunReadOnly([&](pqxx::transaction_base& transaction) {
    const pqxx::result rows = Execute(transaction, kFindAccount, handle);
    if (rows.empty()) return NoSuchAccount(handle);
    record = ReadAccount(rows[0]);
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return record;
}

absl::StatusOr<AccountRecord> SetAccountState(Database& database, const std::string& handle,
                                              AccountState state, const OperatorStamp& stamp) {
  AccountRecord record;
  const absl::Status status = database.Run([&](pqxx::transaction_base& transaction) {
    Execute(transaction, kLockAccount, handle);
    const pqxx::result rows = Execute(transaction, kFindAccount, handle);
    if (rows.empty()) return NoSuchAccount(handle);
    record = ReadAccount(rows[0]);
    if (record.account.kind == AccountKind::kSystem) {
      return absl::FailedPreconditionError("\"" + handle +
                                           "\" is the platform's own account and stays active");
    }
    if (record.account.state == state) return absl::OkStatus();
    Execute(transaction, kSetAccountState, record.account.id, static_cast<int>(state));
    Audit(transaction, stamp, state == AccountState::kBlocked ? "account.block" : "account.unblock",
          handle);
    record.account.state = state;
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return record;
}

}  // namespace signet::payment_platform
