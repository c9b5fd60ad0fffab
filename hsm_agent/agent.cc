#include "hsm_agent/agent.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "hsm_agent/module/module_report.h"
#include "libs/pkcs11/fault.h"
#include "libs/program/log.h"

namespace signet::hsm_agent {
namespace {

// Before each further attempt. Whoever waits for longer than that asks again.
constexpr absl::Duration kPauses[] = {absl::Milliseconds(50), absl::Milliseconds(450)};

}  // namespace

Agent::Agent(StateFile state, DeviceToken token, std::unique_ptr<PinEntry> pin_entry,
             std::string device_ca_der, const Clock& clock)
    : state_(std::move(state)),
      pin_entry_(std::move(pin_entry)),
      gate_(state_, *pin_entry_),
      module_(std::move(token), state_, gate_),
      enrollment_(state_, module_, std::move(device_ca_der), clock),
      queries_(state_, module_),
      completion_(state_, module_, gate_),
      payments_(state_, module_, queries_, completion_) {}

template <typename Response>
absl::StatusOr<Response> Agent::Settled(absl::StatusOr<Response> result) {
  const absl::Status& status = result.status();
  if (pkcs11::IsModuleTrouble(status)) {
    module_.Close();
    serving::LogWarning("module_closed", {{"error", std::string(status.message())}});
  } else if (absl::IsInternal(status) || absl::IsUnavailable(status) ||
             absl::IsPermissionDenied(status)) {
    module_.Lock();
  }
  return result;
}

template <typename Operation>
auto Agent::Run(const Abandoned& abandoned, const Operation& operation) {
  auto result = Settled(operation());
  for (const absl::Duration pause : kPauses) {
    if (!pkcs11::IsModuleTrouble(result.status()) || pin_entry_->asks_a_person()) break;
    if (abandoned && abandoned()) break;
    absl::SleepFor(pause);
    result = Settled(operation());
  }
  return result;
}

absl::StatusOr<device::v1::DescribeModuleResponse> Agent::DescribeModule(
    const device::v1::DescribeModuleRequest& /*request*/, const Abandoned& abandoned) {
  return Run(abandoned, [&] { return hsm_agent::DescribeModule(module_, state_, gate_); });
}

absl::StatusOr<device::v1::BeginEnrollmentResponse> Agent::BeginEnrollment(
    const device::v1::BeginEnrollmentRequest& request, const Abandoned& abandoned) {
  return Run(abandoned, [&] { return enrollment_.Begin(request, abandoned); });
}

absl::StatusOr<device::v1::CompleteEnrollmentResponse> Agent::CompleteEnrollment(
    const device::v1::CompleteEnrollmentRequest& request, const Abandoned& abandoned) {
  return Run(abandoned, [&] { return enrollment_.Complete(request, abandoned); });
}

absl::StatusOr<device::v1::BeginQueryResponse> Agent::BeginQuery(
    const device::v1::BeginQueryRequest& request, const Abandoned& abandoned) {
  return Run(abandoned, [&] { return queries_.Begin(request, abandoned); });
}

absl::StatusOr<device::v1::CompleteQueryResponse> Agent::CompleteQuery(
    const device::v1::CompleteQueryRequest& request, const Abandoned& /*abandoned*/) {
  absl::StatusOr<device::v1::CompleteQueryResponse> response = queries_.Complete(request);
  if (response.ok() && response->has_receipt()) {
    const absl::Status closed = completion_.CloseIfOpen(response->receipt());
    if (!closed.ok()) response = closed;
  }
  return Settled(std::move(response));
}

absl::StatusOr<device::v1::BeginPaymentResponse> Agent::BeginPayment(
    const device::v1::BeginPaymentRequest& request, const Abandoned& abandoned) {
  return Run(abandoned, [&] { return payments_.Begin(request, abandoned); });
}

absl::StatusOr<device::v1::ConfirmPaymentResponse> Agent::ConfirmPayment(
    const device::v1::ConfirmPaymentRequest& request, const Abandoned& abandoned) {
  return Run(abandoned, [&] { return completion_.Confirm(request, abandoned); });
}

absl::StatusOr<device::v1::CompletePaymentResponse> Agent::CompletePayment(
    const device::v1::CompletePaymentRequest& request, const Abandoned& abandoned) {
  return Run(abandoned, [&] { return completion_.Complete(request, abandoned); });
}

absl::StatusOr<device::v1::DescribeOpenPaymentResponse> Agent::DescribeOpenPayment(
    const device::v1::DescribeOpenPaymentRequest& /*request*/, const Abandoned& /*abandoned*/) {
  return payments_.DescribeOpen();
}

absl::StatusOr<device::v1::AbandonPaymentResponse> Agent::AbandonPayment(
    const device::v1::AbandonPaymentRequest& request, const Abandoned& abandoned) {
  return Run(abandoned, [&] { return payments_.Abandon(request, abandoned); });
}

}  // namespace signet::hsm_agent
