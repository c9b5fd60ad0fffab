// The one payment at a time: approved, signed and sealed, confirmed, completed or abandoned. Each
// step is durable before it leaves, and is repeated with the same bytes after a crash.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "hsm_agent/module/device_module.h"
#include "hsm_agent/payments/payment_checks.h"
#include "hsm_agent/payments/query_desk.h"
#include "hsm_agent/pin/held_pin.h"
#include "hsm_agent/pin/pin_gate.h"
#include "hsm_agent/state_file.h"
#include "libs/sealing/envelope.h"
#include "signet/device/v1/device_agent.pb.h"

namespace signet::hsm_agent {

class PaymentDesk {
 public:
  PaymentDesk(StateFile& state, DeviceModule& module, PinGate& gate, const QueryDesk& queries)
      : state_(state), module_(module), gate_(gate), queries_(queries) {}

  absl::StatusOr<device::v1::BeginPaymentResponse> Begin(
      const device::v1::BeginPaymentRequest& request, const Abandoned& abandoned);
  absl::StatusOr<device::v1::ConfirmPaymentResponse> Confirm(
      const device::v1::ConfirmPaymentRequest& request, const Abandoned& abandoned);
  absl::StatusOr<device::v1::CompletePaymentResponse> Complete(
      const device::v1::CompletePaymentRequest& request, const Abandoned& abandoned);
  // Closes the open payment where this receipt, which the module has verified, is its own;
  // another's changes nothing. UNAUTHENTICATED where it names the open payment and differs from
  // what was approved.
  absl::Status CloseIfOpen(const payments::v1::SignedReceipt& receipt);
  device::v1::DescribeOpenPaymentResponse DescribeOpen() const;
  absl::StatusOr<device::v1::AbandonPaymentResponse> Abandon(
      const device::v1::AbandonPaymentRequest& request, const Abandoned& abandoned);

 private:
  // An instruction on its way from approval to the journal.
  struct Draft {
    uint32_t counter = 0;
    std::string header;
    std::string body;
    std::string hash;
    std::string signature;
  };

  absl::StatusOr<payments::v1::PaymentInstruction> CheckRequest(
      const device::v1::BeginPaymentRequest& request) const;
  absl::Status Sign(Draft& draft, const Secret& pin);
  absl::StatusOr<sealing::v1::SealedMessage> SealInstruction(const Draft& draft);

  ApprovedPayment Approved() const;
  std::string IdOf(uint32_t counter) const;
  bool IsOpen(const std::string& payment_id) const;
  bool IsLastClosed(const std::string& payment_id) const;

  absl::StatusOr<sealing::OpenedMessage> OpenPaymentAnswer(const sealing::v1::SealedMessage& answer,
                                                           sealing::v1::MessageType expected);
  absl::StatusOr<payments::v1::Decline> CloseDeclined(const sealing::OpenedMessage& opened,
                                                      const std::string& request_hash);
  absl::StatusOr<device::v1::JournaledConfirmation> MakeConfirmation(
      const std::string& authorization_body, const PinReason& reason);
  absl::StatusOr<std::string> SignAgain(const std::string& digest, const PinReason& reason);
  absl::Status ClosePaid(const payments::v1::SignedReceipt& receipt);
  absl::Status Close(const device::v1::ClosedPayment& closed);

  StateFile& state_;
  DeviceModule& module_;
  PinGate& gate_;
  const QueryDesk& queries_;
  HeldPin held_pin_;
};

}  // namespace signet::hsm_agent
