#include "services/payment_platform/domain/account_rules.h"

#include <string>

namespace signet::payment_platform {
namespace {

absl::Status PlatformsOwn(const Account& account, const std::string& consequence) {
  return absl::FailedPreconditionError("\"" + account.handle +
                                       "\" is the platform's own account and " + consequence);
}

}  // namespace

absl::Status CheckMayHaveDevices(const Account& account) {
  if (account.kind == AccountKind::kSystem) return PlatformsOwn(account, "has no devices");
  if (account.state == AccountState::kActive) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "the account \"" + account.handle +
      "\" is blocked; `signetctl account unblock` it before adding a device");
}

absl::Status CheckMayChangeState(const Account& account) {
  if (account.kind == AccountKind::kSystem) return PlatformsOwn(account, "stays active");
  return absl::OkStatus();
}

}  // namespace signet::payment_platform
