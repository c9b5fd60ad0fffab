// The first half of the one payment at a time: approved, signed and sealed; or abandoned. Each step
// is durable before it leaves, and is repeated with the same bytes after a crash. What the platform
// answers is payment_completion.h's.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "hsm_agent/module/device_module.h"
#include "hsm_agent/payments/open_payment.h"
#include "hsm_agent/payments/payment_completion.h"
#include "hsm_agent/payments/query_desk.h"
#include "hsm_agent/pin/pin_entry.h"
#include "hsm_agent/state_file.h"
#include "libs/sealing/envelope.h"
#include "signet/device/v1/device_agent.pb.h"

namespace signet::hsm_agent {

class PaymentDesk {
 public:
  // All must outlive this.
  PaymentDesk(StateFile& state, DeviceModule& module, const QueryDesk& queries,
              PaymentCompletion& completion)
      : state_(state), module_(module), queries_(queries), completion_(completion) {}

  absl::StatusOr<device::v1::BeginPaymentResponse> Begin(
      const device::v1::BeginPaymentRequest& request, const Abandoned& abandoned);
  device::v1::DescribeOpenPaymentResponse DescribeOpen() const { return open_.Describe(); }
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

  StateFile& state_;
  DeviceModule& module_;
  const QueryDesk& queries_;
  PaymentCompletion& completion_;
  const OpenPayment open_{state_};
};

}  // namespace signet::hsm_agent
