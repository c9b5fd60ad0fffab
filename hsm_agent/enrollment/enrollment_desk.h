// How the device's module gets its keys: two key pairs of its own, then the initial key from the
// server's HSM, taken in without leaving either module.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "hsm_agent/enrollment/enrollment_checks.h"
#include "hsm_agent/module/device_module.h"
#include "hsm_agent/pin/pin_entry.h"
#include "hsm_agent/state_file.h"
#include "libs/base/clock.h"
#include "libs/base/secret.h"
#include "signet/device/v1/device_agent.pb.h"

namespace signet::hsm_agent {

class EnrollmentDesk {
 public:
  // device_ca_der: the certificate of the operator's device CA, by which answers are known; empty:
  // nothing is enrolled.
  EnrollmentDesk(StateFile& state, DeviceModule& module, std::string device_ca_der,
                 const Clock& clock)
      : state_(state), module_(module), device_ca_der_(std::move(device_ca_der)), clock_(clock) {}

  // The same code and terminal key again give the same request, so that a crash or a lost answer
  // costs nothing.
  absl::StatusOr<device::v1::BeginEnrollmentResponse> Begin(
      const device::v1::BeginEnrollmentRequest& request, const Abandoned& abandoned);
  absl::StatusOr<device::v1::CompleteEnrollmentResponse> Complete(
      const device::v1::CompleteEnrollmentRequest& request, const Abandoned& abandoned);

 private:
  absl::Status CheckDeviceCa() const;
  bool IsPending(const std::string& activation_public_key,
                 const std::string& terminal_csr_der) const;
  absl::StatusOr<bool> HoldsNewKeys();
  absl::Status RefuseForeignToken();
  absl::StatusOr<device::v1::PendingEnrollment> MakeRequest(const Secret& code_seed,
                                                            const std::string& terminal_csr_der,
                                                            const Secret& pin);
  absl::StatusOr<std::string> MakeSigningKey(std::string& csr_der, const Secret& pin);
  absl::StatusOr<std::string> MakeTransportKey();
  absl::Status TakeInKeys(const CheckedEnrollment& checked);
  absl::Status LoadRegisters(const CheckedEnrollment& checked);

  StateFile& state_;
  DeviceModule& module_;
  const std::string device_ca_der_;
  const Clock& clock_;
};

}  // namespace signet::hsm_agent
