// The host's way to a transaction's keys (ANSI X9.24-3-2017, 6.4): from the initial key along the
// counter's one bits, from high to low. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/status.h"
#include "libs/dukpt/derivation.h"

namespace signet::dukpt {

// The counters of the intermediate keys on the way, the last being counter itself: 0b1101 →
// {0b1000, 0b1100, 0b1101}.
std::vector<uint32_t> PathTo(uint32_t counter);

// The intermediate derivation key of the counter. derive(const Key& parent, const std::string&
// data) → absl::StatusOr<Key>.
template <typename Key, typename DeriveFn>
absl::StatusOr<Key> WalkTo(Key initial_key, KeyType type, uint32_t device_id, uint32_t counter,
                           const DeriveFn& derive) {
  Key key = std::move(initial_key);
  for (uint32_t step : PathTo(counter)) {
    SIGNET_ASSIGN_OR_RETURN(
        key, derive(key, DerivationData(KeyUsage::kKeyDerivation, type, device_id, step)));
  }
  return key;
}

}  // namespace signet::dukpt
