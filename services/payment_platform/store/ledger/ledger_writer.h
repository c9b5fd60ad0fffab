// Writes what a batch changed, and its link of the journal's hash chain.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "services/payment_platform/domain/working_set.h"
#include "services/payment_platform/store/postgres/pipeline.h"

namespace signet::payment_platform {

// The last link of a chain.
struct ChainHead {
  int chain = 0;
  int64_t sequence = 0;  // 0: the chain is empty
  std::string hash = std::string(32, '\0');
};

ChainHead ReadChainHead(Pipeline& pipeline, int chain);

// In one round trip. Answers the chain's new head. INTERNAL where a row that was locked is gone.
// Throws what pqxx throws.
absl::StatusOr<ChainHead> WriteBatch(Pipeline& pipeline, const WorkingSet& ledger,
                                     const ChainHead& head, int64_t now_ms);

}  // namespace signet::payment_platform
