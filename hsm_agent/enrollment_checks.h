// Whether an enrollment's answer holds together and belongs to what this device asked. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "signet/device/v1/agent_state.pb.h"
#include "signet/device/v1/enrollment.pb.h"

namespace signet::hsm_agent {

// The enrollment as it is to be kept. UNAUTHENTICATED, naming what does not fit: a field's size;
// the device's certificate is not for the signing key, the terminal's not for its key and this
// device ID; the CA did not sign both, or one of the three is not valid now; the receipt key is no
// P-256 key.
absl::StatusOr<device::v1::EnrolledDevice> CheckEnrollment(
    const device::v1::PendingEnrollment& pending, const device::v1::EnrollmentResponse& response,
    int64_t now_unix_s);

// Whether the response is the one that the enrollment was made from.
bool IsRepeated(const device::v1::EnrolledDevice& enrollment,
                const device::v1::EnrollmentResponse& response);

}  // namespace signet::hsm_agent
