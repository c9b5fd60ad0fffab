// Everything that the agent does, one method for each call, without the transport. Used by one
// thread at a time.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "hsm_agent/enrollment/enrollment_desk.h"
#include "hsm_agent/module/device_module.h"
#include "hsm_agent/payments/payment_completion.h"
#include "hsm_agent/payments/payment_desk.h"
#include "hsm_agent/payments/query_desk.h"
#include "hsm_agent/pin/pin_entry.h"
#include "hsm_agent/pin/pin_gate.h"
#include "hsm_agent/state_file.h"
#include "libs/base/clock.h"
#include "signet/device/v1/device_agent.pb.h"

namespace signet::hsm_agent {

class Agent {
 public:
  // device_ca_der: as in EnrollmentDesk. clock must outlive this.
  Agent(StateFile state, DeviceToken token, std::unique_ptr<PinEntry> pin_entry,
        std::string device_ca_der, const Clock& clock);
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // abandoned: whether the caller has left.
  absl::StatusOr<device::v1::DescribeModuleResponse> DescribeModule(
      const device::v1::DescribeModuleRequest& request, const Abandoned& abandoned);
  absl::StatusOr<device::v1::BeginEnrollmentResponse> BeginEnrollment(
      const device::v1::BeginEnrollmentRequest& request, const Abandoned& abandoned);
  absl::StatusOr<device::v1::CompleteEnrollmentResponse> CompleteEnrollment(
      const device::v1::CompleteEnrollmentRequest& request, const Abandoned& abandoned);
  absl::StatusOr<device::v1::BeginQueryResponse> BeginQuery(
      const device::v1::BeginQueryRequest& request, const Abandoned& abandoned);
  absl::StatusOr<device::v1::CompleteQueryResponse> CompleteQuery(
      const device::v1::CompleteQueryRequest& request, const Abandoned& abandoned);
  absl::StatusOr<device::v1::BeginPaymentResponse> BeginPayment(
      const device::v1::BeginPaymentRequest& request, const Abandoned& abandoned);
  absl::StatusOr<device::v1::ConfirmPaymentResponse> ConfirmPayment(
      const device::v1::ConfirmPaymentRequest& request, const Abandoned& abandoned);
  absl::StatusOr<device::v1::CompletePaymentResponse> CompletePayment(
      const device::v1::CompletePaymentRequest& request, const Abandoned& abandoned);
  absl::StatusOr<device::v1::DescribeOpenPaymentResponse> DescribeOpenPayment(
      const device::v1::DescribeOpenPaymentRequest& request, const Abandoned& abandoned);
  absl::StatusOr<device::v1::AbandonPaymentResponse> AbandonPayment(
      const device::v1::AbandonPaymentRequest& request, const Abandoned& abandoned);

 private:
  // After a failure of the module nothing that was remembered of it is trusted: the next operation
  // logs in and looks anew; a module in trouble is finalized, and initialized by the next use.
  template <typename Response>
  absl::StatusOr<Response> Settled(absl::StatusOr<Response> result);
  // Runs the operation; again, with pauses and a module opened anew, while the module is in trouble
  // and nobody has to be asked for the PIN once more. Nothing has left the agent when an operation
  // fails, and each may be done again.
  template <typename Operation>
  auto Run(const Abandoned& abandoned, const Operation& operation);

  StateFile state_;
  std::unique_ptr<PinEntry> pin_entry_;
  PinGate gate_;
  DeviceModule module_;
  EnrollmentDesk enrollment_;
  QueryDesk queries_;
  PaymentCompletion completion_;
  PaymentDesk payments_;
};

}  // namespace signet::hsm_agent
