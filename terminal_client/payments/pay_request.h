// What a person typed after `signet pay`, checked before anything is asked of anyone. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "signet/device/v1/device_agent.pb.h"

namespace signet::terminal {

inline constexpr size_t kMaxReferenceBytes = 140;

struct PayText {
  std::string amount;
  std::string currency;
  std::string payee;
  std::string reference;
};

// A usage failure names what is wrong and what is right: amount (above zero), currency, payee's
// handle, reference.
absl::StatusOr<device::v1::BeginPaymentRequest> CheckPayRequest(const PayText& text);

}  // namespace signet::terminal
