// What the gateway looks at before it passes a sealed message on: its size, and whether its header
// names the device that the TLS channel belongs to. It cannot look further. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "signet/sealing/v1/sealed_message.pb.h"

namespace signet::gateway {

inline constexpr size_t kMaxSealedMessageBytes = 16 * 1024;

enum class Verdict { kPass, kOversized, kBadHeader, kWrongChannel };
// The reasons of refusal, for logs and metrics, in the order of Verdict (none for kPass).
inline constexpr std::array<const char*, 4> kVerdictNames = {"pass", "oversized", "bad_header",
                                                             "wrong_channel"};

struct MessageCheck {
  Verdict verdict = Verdict::kBadHeader;
  // A payment that has begun waits for it.
  bool ends_payment = false;
};
MessageCheck CheckMessage(const sealing::v1::SealedMessage& message, uint32_t channel_device_id);

}  // namespace signet::gateway
