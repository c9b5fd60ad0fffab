// Does a stored payment agree with itself: with the messages it was bound to, as the device signed
// them, and with the answers that were given? Pure.
#pragma once

#include "services/payment_platform/domain/payment.h"
#include "services/payment_platform/store/verify/findings.h"

namespace signet::payment_platform {

void CheckEvidence(const Payment& payment, Findings& findings);

}  // namespace signet::payment_platform
