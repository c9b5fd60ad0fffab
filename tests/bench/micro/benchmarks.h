// The small operations that a payment is made of, each alone. What they run on outlives them.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "benchmark/benchmark.h"
#include "tests/support/soft_token.h"

namespace signet::bench {

// Derivation, sealing and signatures in software (libs/openssl).
void RegisterSoftwareBenchmarks();
// The same in a SoftHSM.
void RegisterModuleBenchmarks(const testing::SoftToken& token);
// The ledger's batches, in a database that is empty.
void RegisterLedgerBenchmarks(const std::string& database);

// A benchmark cannot go on without its parts.
template <typename T>
T OrThrow(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(value.status().ToString());
  return *std::move(value);
}
inline void OrThrow(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

// As large as those of a payment, on the average.
inline const std::string kHeader(20, 'h');
inline const std::string kBody(200, 'b');
inline const std::string kDigest(32, 'd');

}  // namespace signet::bench
