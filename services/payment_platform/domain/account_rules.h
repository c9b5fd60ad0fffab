// What may become of an account. Pure.
#pragma once

#include "absl/status/status.h"
#include "services/payment_platform/domain/account.h"

namespace signet::payment_platform {

// FAILED_PRECONDITION: it is blocked, or the platform's own.
absl::Status CheckMayHaveDevices(const Account& account);
// To be blocked or unblocked. FAILED_PRECONDITION: it is the platform's own.
absl::Status CheckMayChangeState(const Account& account);

}  // namespace signet::payment_platform
