// The accounts that payments go between. Opened in the ledger itself, in batches, with journaled
// deposits: one call of the operator's API for each of 100,000 would take minutes.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/status.h"

namespace signet::bench {

std::string AccountHandle(size_t account);  // "bench-000042"
std::string AccountName(size_t account);    // "Bench 000042"
// The number in a handle of ours, else nothing that exists: SIZE_MAX.
size_t AccountOfHandle(const std::string& handle);

// Those that exist already stay as they are.
absl::Status OpenAccounts(const std::string& database, size_t count);

}  // namespace signet::bench
