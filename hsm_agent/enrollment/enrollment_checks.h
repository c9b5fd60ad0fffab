// Whether an enrollment's answer is the operator's, belongs to what this device asked and holds
// together. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "signet/device/v1/agent_state.pb.h"
#include "signet/device/v1/enrollment.pb.h"

namespace signet::hsm_agent {

struct CheckedEnrollment {
  device::v1::EnrollmentAnswer answer;
  device::v1::EnrolledDevice device;  // what is to be kept of it
};

// device_ca_der: the certificate of the operator's device CA, known beforehand and valid now.
// UNAUTHENTICATED, naming what does not fit: the CA's key did not sign the answer, as the answer to
// this very request; the answer names another CA; a field's size; the device's certificate is not
// for the signing key, the terminal's not for its key and this device ID; the CA did not sign both,
// or one is not valid now; the receipt key is no P-256 key.
absl::StatusOr<CheckedEnrollment> CheckEnrollment(const device::v1::PendingEnrollment& pending,
                                                  const device::v1::EnrollmentResponse& response,
                                                  const std::string& device_ca_der,
                                                  int64_t now_unix_s);

// Whether the response is the one that the enrollment was made from.
bool IsRepeated(const device::v1::EnrolledDevice& enrollment,
                const device::v1::EnrollmentResponse& response);

}  // namespace signet::hsm_agent
