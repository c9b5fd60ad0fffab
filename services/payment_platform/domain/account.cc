#include "services/payment_platform/domain/account.h"

#include <limits>

namespace signet::payment_platform {

namespace {

int64_t SaturatingSubtract(int64_t a, int64_t b) {
  int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b > 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

}  // namespace

int64_t Account::AvailableMinor() const { return SaturatingSubtract(posted_minor, reserved_minor); }

bool Account::Covers(int64_t amount_minor) const {
  int64_t reserved_after = 0;
  if (__builtin_add_overflow(reserved_minor, amount_minor, &reserved_after)) return false;
  if (!floor_minor.has_value()) return true;
  return amount_minor <= SaturatingSubtract(AvailableMinor(), *floor_minor);
}

std::string SystemAccountHandle(const std::string& currency_code) {
  std::string handle = kSystemHandlePrefix;
  for (const char c : currency_code) handle += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return handle;
}

bool IsSystemHandle(const std::string& handle) { return handle.rfind(kSystemHandlePrefix, 0) == 0; }

}  // namespace signet::payment_platform
