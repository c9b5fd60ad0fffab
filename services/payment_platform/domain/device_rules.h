// What may become of a device, and whom an activation code admits. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "services/payment_platform/domain/device.h"

namespace signet::payment_platform {

// "pending", "active", "suspended", "revoked"
const char* DeviceStateName(DeviceState state);

// May an operator move a device from one state to another? Staying where it is may always be asked
// for. FAILED_PRECONDITION says why not: only enrollment makes a pending device active, and nothing
// leaves revoked.
absl::Status CheckStateMove(DeviceState from, DeviceState to);

// Requests that an activation code sees before it is burnt: the first, and so many that differ from
// it.
inline constexpr int kEnrollmentTries = 5;

// An activation code and its device, as stored.
struct Enrollment {
  uint32_t device_id = 0;
  DeviceState device_state = DeviceState::kPending;
  uint32_t highest_counter = 0;  // above zero: the device has sent a message
  int64_t expires_at_unix_ms = 0;
  int tries_left = 0;
  std::string request_hash;  // of the first request; empty: there was none
  bool completed = false;
};

// Labels of signet_activation_code_uses_total.
enum class EnrollmentResult {
  kAdmitted,   // a new request
  kRepeated,   // the same request again
  kCompleted,  // the device is active now
  kUnknownCode,
  kExpired,
  kUsed,          // completed by this or another request, and the device has spoken
  kOtherRequest,  // the code belongs to another request
  kTriesExhausted,
  kDeviceBlocked,  // suspended or revoked
  kNotBegun,       // completed before it was begun, or for another device
};
inline constexpr int kEnrollmentResults = 10;
const char* EnrollmentResultLabel(EnrollmentResult result);
bool IsAdmitted(EnrollmentResult result);

struct Admission {
  EnrollmentResult result = EnrollmentResult::kUnknownCode;
  bool spends_try = false;
  bool binds_request = false;  // the code belongs to this request from now on
};
// enrollment: none where no code has that key.
Admission AdmitEnrollment(const std::optional<Enrollment>& enrollment,
                          const std::string& request_hash, int64_t now_unix_ms);
// kCompleted: store the certificate and make the device active. kRepeated: it is done already.
EnrollmentResult DecideCompletion(const std::optional<Enrollment>& enrollment,
                                  const std::string& request_hash, uint32_t device_id,
                                  int64_t now_unix_ms);

}  // namespace signet::payment_platform
