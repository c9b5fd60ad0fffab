// Does the database still say what the journal says? Recomputes the hash chains, replays every
// batch and compares each payment, posting and balance with it, in one read-only snapshot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/payment_platform/store/postgres/database.h"

namespace signet::payment_platform {

struct LedgerVerdict {
  uint64_t batches = 0;
  uint64_t payments = 0;
  uint64_t entries = 0;
  std::vector<std::string> findings;               // each names what differs; at most kMaxFindings
  std::map<std::string, int64_t> imbalance_minor;  // sum of all postings by currency
  bool consistent() const { return findings.empty(); }
};

inline constexpr size_t kMaxFindings = 100;

struct VerifierOptions {
  size_t page_rows = 500;  // rows fetched at a time
  // Payments, and accounts, that are held in memory at a time: a ledger with more is replayed in
  // several passes, each over a slice of them.
  size_t slice_size = 200'000;
  std::function<bool()> cancelled;  // asked once a page; null: never
};

// CANCELLED; what Database::RunReadOnly returns.
absl::StatusOr<LedgerVerdict> VerifyLedger(Database& database, const VerifierOptions& options);

}  // namespace signet::payment_platform
