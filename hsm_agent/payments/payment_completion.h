// The second half of a payment, which follows what the platform answers: confirmed, and completed
// by its receipt. Each step is durable before it leaves, and is repeated with the same bytes after
// a crash.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "hsm_agent/module/device_module.h"
#include "hsm_agent/payments/open_payment.h"
#include "hsm_agent/pin/held_pin.h"
#include "hsm_agent/pin/pin_gate.h"
#include "hsm_agent/state_file.h"
#include "libs/base/secret.h"
#include "libs/sealing/envelope.h"
#include "signet/device/v1/device_agent.pb.h"

namespace signet::hsm_agent {

class PaymentCompletion {
 public:
  // All must outlive this.
  PaymentCompletion(StateFile& state, DeviceModule& module, PinGate& gate)
      : state_(state), module_(module), gate_(gate) {}

  // The PIN that the instruction of that counter was approved with, so that a person is asked once.
  void HoldPin(uint32_t counter, Secret pin) { held_pin_.Hold(counter, std::move(pin)); }

  absl::StatusOr<device::v1::ConfirmPaymentResponse> Confirm(
      const device::v1::ConfirmPaymentRequest& request, const Abandoned& abandoned);
  absl::StatusOr<device::v1::CompletePaymentResponse> Complete(
      const device::v1::CompletePaymentRequest& request, const Abandoned& abandoned);
  // Closes the open payment where this receipt, which the module has verified, is its own;
  // another's changes nothing. UNAUTHENTICATED where it names the open payment and differs from
  // what was approved.
  absl::Status CloseIfOpen(const payments::v1::SignedReceipt& receipt);
  // Closes the open payment as that, wipes its PIN and destroys its keys.
  absl::Status Close(const device::v1::ClosedPayment& closed);

 private:
  absl::StatusOr<sealing::OpenedMessage> OpenPaymentAnswer(const sealing::v1::SealedMessage& answer,
                                                           sealing::v1::MessageType expected);
  absl::StatusOr<payments::v1::Decline> CloseDeclined(const sealing::OpenedMessage& opened,
                                                      const std::string& request_hash);
  absl::StatusOr<device::v1::JournaledConfirmation> MakeConfirmation(
      const std::string& authorization_body, const PinReason& reason);
  absl::StatusOr<std::string> SignAgain(const std::string& digest, const PinReason& reason);
  absl::Status ClosePaid(const payments::v1::SignedReceipt& receipt);

  StateFile& state_;
  DeviceModule& module_;
  PinGate& gate_;
  const OpenPayment open_{state_};
  HeldPin held_pin_;
};

}  // namespace signet::hsm_agent
