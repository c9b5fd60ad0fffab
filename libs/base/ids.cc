#include "libs/base/ids.h"

#include <cstddef>
#include <optional>

#include "libs/base/big_endian.h"
#include "libs/base/hex.h"

namespace signet {
namespace {

constexpr size_t kDigits = 8;
constexpr size_t kHandleMin = 2;
constexpr size_t kHandleMax = 32;

std::string Hex32(uint32_t value) {
  std::string bytes;
  AppendBigEndian32(bytes, value);
  return ToHex(bytes);
}

// Only the one canonical spelling is read, so that an ID compares equal as text exactly where it
// does as a number.
std::optional<uint32_t> ParseHex32(std::string_view text) {
  if (text.size() != kDigits) return std::nullopt;
  uint32_t value = 0;
  for (const char c : text) {
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && (c < 'a' || c > 'f')) return std::nullopt;
    value = value * 16 + static_cast<uint32_t>(decimal ? c - '0' : c - 'a' + 10);
  }
  return value;
}

bool IsHandleLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

std::string FormatPaymentId(PaymentId id) { return Hex32(id.device_id) + "-" + Hex32(id.counter); }

absl::StatusOr<PaymentId> ParsePaymentId(std::string_view text) {
  if (text.size() == 2 * kDigits + 1 && text[kDigits] == '-') {
    const auto device_id = ParseHex32(text.substr(0, kDigits));
    const auto counter = ParseHex32(text.substr(kDigits + 1));
    if (device_id && counter) return PaymentId{*device_id, *counter};
  }
  return absl::InvalidArgumentError(
      "a payment ID is two groups of 8 lower-case hex digits, like 00000001-0000002a");
}

std::string FormatDeviceId(uint32_t device_id) { return Hex32(device_id); }

absl::StatusOr<uint32_t> ParseDeviceId(std::string_view text) {
  if (const auto device_id = ParseHex32(text)) return *device_id;
  return absl::InvalidArgumentError("a device ID is 8 lower-case hex digits, like 00000001");
}

absl::Status ValidateHandle(std::string_view handle) {
  if (handle.size() < kHandleMin || handle.size() > kHandleMax) {
    return absl::InvalidArgumentError("a handle has 2 to 32 characters");
  }
  for (const char c : handle) {
    if (!IsHandleLetter(c) && c != '-') {
      return absl::InvalidArgumentError("a handle has only a-z, 0-9 and hyphens");
    }
  }
  if (handle.front() == '-' || handle.back() == '-') {
    return absl::InvalidArgumentError("a handle neither starts nor ends with a hyphen");
  }
  return absl::OkStatus();
}

}  // namespace signet
