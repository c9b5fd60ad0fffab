#include "hsm_agent/agent.h"

#include <utility>

#include "hsm_agent/module/module_report.h"

namespace signet::hsm_agent {

Agent::Agent(StateFile state, pkcs11::Slot slot, std::unique_ptr<PinEntry> pin_entry,
             std::string device_ca_der, const Clock& clock)
    : state_(std::move(state)),
      pin_entry_(std::move(pin_entry)),
      gate_(state_, *pin_entry_),
      module_(std::move(slot), state_, gate_),
      enrollment_(state_, module_, std::move(device_ca_der), clock),
      queries_(state_, module_),
      payments_(state_, module_, gate_, queries_) {}

template <typename Response>
absl::StatusOr<Response> Agent::Settled(absl::StatusOr<Response> result) {
  switch (result.status().code()) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kPermissionDenied:
      module_.Lock();
      break;
    default:
      break;
  }
  return result;
}

absl::StatusOr<device::v1::DescribeModuleResponse> Agent::DescribeModule(
    const device::v1::DescribeModuleRequest& /*request*/, const Abandoned& /*abandoned*/) {
  return Settled(hsm_agent::DescribeModule(module_, state_, gate_));
}

absl::StatusOr<device::v1::BeginEnrollmentResponse> Agent::BeginEnrollment(
    const device::v1::BeginEnrollmentRequest& request, const Abandoned& abandoned) {
  return Settled(enrollment_.Begin(request, abandoned));
}

absl::StatusOr<device::v1::CompleteEnrollmentResponse> Agent::CompleteEnrollment(
    const device::v1::CompleteEnrollmentRequest& request, const Abandoned& abandoned) {
  return Settled(enrollment_.Complete(request, abandoned));
}

absl::StatusOr<device::v1::BeginQueryResponse> Agent::BeginQuery(
    const device::v1::BeginQueryRequest& request, const Abandoned& abandoned) {
  return Settled(queries_.Begin(request, abandoned));
}

absl::StatusOr<device::v1::CompleteQueryResponse> Agent::CompleteQuery(
    const device::v1::CompleteQueryRequest& request, const Abandoned& /*abandoned*/) {
  absl::StatusOr<device::v1::CompleteQueryResponse> response = queries_.Complete(request);
  if (response.ok() && response->has_receipt()) {
    const absl::Status closed = payments_.CloseIfOpen(response->receipt());
    if (!closed.ok()) response = closed;
  }
  return Settled(std::move(response));
}

absl::StatusOr<device::v1::BeginPaymentResponse> Agent::BeginPayment(
    const device::v1::BeginPaymentRequest& request, const Abandoned& abandoned) {
  return Settled(payments_.Begin(request, abandoned));
}

absl::StatusOr<device::v1::ConfirmPaymentResponse> Agent::ConfirmPayment(
    const device::v1::ConfirmPaymentRequest& request, const Abandoned& abandoned) {
  return Settled(payments_.Confirm(request, abandoned));
}

absl::StatusOr<device::v1::CompletePaymentResponse> Agent::CompletePayment(
    const device::v1::CompletePaymentRequest& request, const Abandoned& abandoned) {
  return Settled(payments_.Complete(request, abandoned));
}

absl::StatusOr<device::v1::DescribeOpenPaymentResponse> Agent::DescribeOpenPayment(
    const device::v1::DescribeOpenPaymentRequest& /*request*/, const Abandoned& /*abandoned*/) {
  return payments_.DescribeOpen();
}

absl::StatusOr<device::v1::AbandonPaymentResponse> Agent::AbandonPayment(
    const device::v1::AbandonPaymentRequest& request, const Abandoned& abandoned) {
  return Settled(payments_.Abandon(request, abandoned));
}

}  // namespace signet::hsm_agent
