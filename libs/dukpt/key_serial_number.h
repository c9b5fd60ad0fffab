// Key serial number of AES-DUKPT (ANSI X9.24-3-2017, 6.1), 12 bytes:
//   0  BDK ID      4
//   4  device ID   4   (the "derivation ID"; the first 8 bytes are the initial key ID)
//   8  counter     4   big-endian, never 0, at most 16 one bits
// Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace signet::dukpt {

inline constexpr size_t kKsnBytes = 12;
inline constexpr int kMaxCounterOnes = 16;  // X9.24-3-2017, 6.2
inline constexpr uint32_t kLastCounter = 0xFFFF0000;

struct KeySerialNumber {
  uint32_t bdk_id = 0;
  uint32_t device_id = 0;
  uint32_t counter = 0;
  friend bool operator==(const KeySerialNumber&, const KeySerialNumber&) = default;
};

std::string Serialize(const KeySerialNumber& ksn);
// INVALID_ARGUMENT: not 12 bytes, or a counter that IsUsableCounter refuses.
absl::StatusOr<KeySerialNumber> ParseKeySerialNumber(std::string_view bytes);

// Above zero and at most 16 one bits.
bool IsUsableCounter(uint32_t counter);

}  // namespace signet::dukpt
