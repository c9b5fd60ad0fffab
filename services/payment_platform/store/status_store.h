// Totals, and what is due.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/ids.h"
#include "services/payment_platform/store/postgres/database.h"

namespace signet::payment_platform {

struct PlatformStatus {
  int schema_version = 0;
  uint64_t accounts = 0;
  std::map<std::string, uint64_t> devices_by_state;  // every state, zeroes too
  uint64_t open_payments = 0;
  int64_t database_time_unix_ms = 0;
};
// Reads no payment but the open ones, however many there are.
absl::StatusOr<PlatformStatus> ReadStatus(Database& database);

// What is cheap to ask every few seconds.
struct LedgerGlance {
  uint64_t open_payments = 0;
  std::map<std::string, uint64_t> devices_by_state;  // those there are
  std::map<std::string, int64_t> imbalance_minor;    // what all accounts sum to, by currency
};
absl::StatusOr<LedgerGlance> GlanceAtLedger(Database& database);

// Authorized payments whose time is over, the longest waiting first.
absl::StatusOr<std::vector<PaymentId>> FindDuePayments(Database& database, int64_t now_unix_ms,
                                                       size_t limit);

}  // namespace signet::payment_platform
