// Reads all chains of the journal in pages, and checks that each is whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pqxx/pqxx"
#include "services/payment_platform/store/verify/findings.h"
#include "signet/platform/v1/journal.pb.h"

namespace signet::payment_platform {

struct StoredBatch {
  int chain = 0;
  int64_t sequence = 0;
  platform::v1::JournalBatch batch;  // empty where it cannot be read
};

// Called with consecutive batches of one chain.
using JournalPageFn = std::function<absl::Status(const std::vector<StoredBatch>& page)>;

// findings: null where the chains have been checked already. Answers how many batches there are.
absl::StatusOr<uint64_t> ReadJournal(pqxx::transaction_base& transaction, size_t page_batches,
                                     Findings* findings, const JournalPageFn& visit);

}  // namespace signet::payment_platform
