// An account as the rules see it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace signet::payment_platform {

// Numbered as platform.v1.AccountKind and AccountState.
enum class AccountKind : int { kCustomer = 1, kMerchant = 2, kSystem = 3 };
enum class AccountState : int { kActive = 1, kBlocked = 2 };

struct Account {
  int64_t id = 0;
  std::string handle;
  std::string name;
  AccountKind kind = AccountKind::kCustomer;
  AccountState state = AccountState::kActive;
  std::string currency_code;
  int64_t posted_minor = 0;            // booked
  int64_t reserved_minor = 0;          // held for authorized payments; not negative
  std::optional<int64_t> floor_minor;  // posted - reserved never falls below it; none: unbounded
  int64_t payment_limit_minor = 0;     // the most that one payment may move

  // posted - reserved, kept within int64.
  int64_t AvailableMinor() const;
  // Can this much more (above zero) be reserved?
  bool Covers(int64_t amount_minor) const;
};

// Money enters through one account of the platform's own per currency: "system-eur".
inline constexpr char kSystemHandlePrefix[] = "system-";
std::string SystemAccountHandle(const std::string& currency_code);
bool IsSystemHandle(const std::string& handle);

}  // namespace signet::payment_platform
