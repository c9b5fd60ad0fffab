// What a virus on the phone can try. Each attack returns what it saw; OK means that Signet
// withstood all of it, FAILED_PRECONDITION that something got through.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/attack/device_access.h"

namespace signet::attack {

using Observations = std::vector<std::string>;

struct PaymentPlan {
  payments::v1::Money amount;
  std::string payee;
};

// Changes bytes of a sealed instruction, one at a time, in every part; then delivers it unchanged
// and finishes the payment.
absl::StatusOr<Observations> Tamper(DeviceAccess& device, const PaymentPlan& plan);
// Pays once, then sends the captured instruction, confirmation and query again.
absl::StatusOr<Observations> Replay(DeviceAccess& device, const PaymentPlan& plan);
// Sends a message sealed by one device over the channel of another.
absl::StatusOr<Observations> ForeignChannel(DeviceAccess& device, DeviceAccess& other);
// Shows the person one amount and asks the agent for another. The person sees the agent's own
// prompt.
absl::StatusOr<Observations> SwapAmount(DeviceAccess& device, const PaymentPlan& asked);
// Gives the agent the answer to another payment, and altered answers, in place of this payment's
// authorization.
absl::StatusOr<Observations> SwapAuthorization(DeviceAccess& device, const PaymentPlan& plan);

// Gives the agent another payment's receipt in place of the open one's, and wants the open one
// abandoned for want of a receipt.
absl::StatusOr<Observations> SwapReceipt(DeviceAccess& device, const PaymentPlan& plan);
// Delivers a payment's instruction, and its confirmation, but never the last answer: the payment is
// left open, for the person's own terminal to end.
absl::StatusOr<Observations> WithholdAuthorization(DeviceAccess& device, const PaymentPlan& plan);
absl::StatusOr<Observations> WithholdReceipt(DeviceAccess& device, const PaymentPlan& plan);

}  // namespace signet::attack
