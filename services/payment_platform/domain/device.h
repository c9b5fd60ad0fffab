// A device as the rules see it. Pure.
#pragma once

#include <cstdint>

namespace signet::payment_platform {

// Numbered as platform.v1.DeviceState.
enum class DeviceState : int { kPending = 1, kActive = 2, kSuspended = 3, kRevoked = 4 };

// ANSI X9.24-3: a KSN counter has at most 16 one bits, so this is the last.
inline constexpr uint32_t kLastCounter = 0xFFFF0000;

struct Device {
  uint32_t id = 0;
  int64_t account_id = 0;
  DeviceState state = DeviceState::kPending;
  uint32_t highest_counter = 0;  // accepted so far, by payments and queries
};

}  // namespace signet::payment_platform
