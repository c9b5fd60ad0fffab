// Identifiers as people see them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace signet {

// A payment is named by the device's ID and the KSN counter it was made with: "dddddddd-cccccccc",
// lower-case hex.
struct PaymentId {
  uint32_t device_id = 0;
  uint32_t counter = 0;
  friend auto operator<=>(const PaymentId&, const PaymentId&) = default;
};
std::string FormatPaymentId(PaymentId id);
absl::StatusOr<PaymentId> ParsePaymentId(std::string_view text);

// 8 lower-case hex digits.
std::string FormatDeviceId(uint32_t device_id);
absl::StatusOr<uint32_t> ParseDeviceId(std::string_view text);

// An account's handle: 2 to 32 of a-z, 0-9 and inner hyphens. INVALID_ARGUMENT says which rule it
// breaks.
absl::Status ValidateHandle(std::string_view handle);

}  // namespace signet
