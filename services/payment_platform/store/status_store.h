// Totals.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
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

}  // namespace signet::payment_platform
