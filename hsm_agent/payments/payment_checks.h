// Whether what the platform answered fits what the person approved. Pure. Each check's error is
// UNAUTHENTICATED and names the field that differs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "libs/base/money.h"
#include "signet/payments/v1/payment.pb.h"

namespace signet::hsm_agent {

// A payment as it was signed.
struct ApprovedPayment {
  std::string payment_id;
  std::string instruction_hash;
  payments::v1::PaymentInstruction instruction;
  std::optional<std::string> authorization_hash;  // none: this device has not confirmed it
};

Money ApprovedAmount(const payments::v1::PaymentInstruction& instruction);

// NOT_FOUND.
absl::Status PaymentNotOpen(std::string_view payment_id);

absl::Status CheckAuthorization(const ApprovedPayment& approved,
                                const payments::v1::PaymentAuthorization& authorization);
absl::Status CheckReceipt(const ApprovedPayment& approved, const payments::v1::Receipt& receipt);
// request_hash: of the message that was declined. payment_id: empty for a query.
absl::Status CheckDecline(std::string_view payment_id, std::string_view request_hash,
                          const payments::v1::Decline& decline);

}  // namespace signet::hsm_agent
