#include "services/payment_platform/store/account_store.h"

#include "libs/base/status.h"
#include "services/payment_platform/domain/account_rules.h"
#include "services/payment_platform/store/account_columns.h"
#include "services/payment_platform/store/postgres/fields.h"

namespace signet::payment_platform {
namespace {

constexpr Statement kFindAccount = {"find_account",
                                    "SELECT " SIGNET_ACCOUNT_COLUMNS
                                    ", a.created_at_unix_ms FROM account a WHERE a.handle = $1"};

// As the ledger's writers lock it, so none of them decides by the former state once this commits.
constexpr Statement kLockAccount = {"lock_account",
                                    "SELECT FROM account WHERE handle = $1 FOR UPDATE"};
constexpr Statement kSetAccountState = {"set_account_state",
                                        "UPDATE account SET state = $2 WHERE account_id = $1"};

}  // namespace

absl::StatusOr<AccountRecord> FindAccount(pqxx::transaction_base& transaction,
                                          const std::string& handle) {
  const pqxx::result rows = Execute(transaction, kFindAccount, handle);
  if (rows.empty()) {
    return absl::NotFoundError("there is no account \"" + handle +
                               "\"; check the handle, or open it with `signetctl account create`");
  }
  RowReader field(rows[0]);
  AccountRecord record;
  record.account = ReadAccount(field);
  record.created_at_unix_ms = field.Next();
  return record;
}

absl::StatusOr<AccountRecord> FindAccount(Database& database, const std::string& handle) {
  AccountRecord record;
  const absl::Status status = database.RunReadOnly([&](pqxx::transaction_base& transaction) {
    SIGNET_ASSIGN_OR_RETURN(record, FindAccount(transaction, handle));
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
    SIGNET_ASSIGN_OR_RETURN(record, FindAccount(transaction, handle));
    SIGNET_RETURN_IF_ERROR(CheckMayChangeState(record.account));
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
