// Reads accounts, blocks and unblocks them. They are opened, and their balances moved, by the
// ledger store only.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "services/payment_platform/domain/account.h"
#include "services/payment_platform/store/audit.h"
#include "services/payment_platform/store/postgres/database.h"

namespace signet::payment_platform {

struct AccountRecord {
  Account account;
  int64_t created_at_unix_ms = 0;
};

// NOT_FOUND with the remedy. In a transaction that is under way, or in one of its own.
absl::StatusOr<AccountRecord> FindAccount(pqxx::transaction_base& transaction,
                                          const std::string& handle);
absl::StatusOr<AccountRecord> FindAccount(Database& database, const std::string& handle);
// Audited where it changes something. NOT_FOUND; FAILED_PRECONDITION for the platform's own
// account.
absl::StatusOr<AccountRecord> SetAccountState(Database& database, const std::string& handle,
                                              AccountState state, const OperatorStamp& stamp);

}  // namespace signet::payment_platform
