#include "services/payment_platform/domain/device_rules.h"

#include <string>

namespace signet::payment_platform {
namespace {

// The device may have lost the answer as long as it has sent nothing.
bool MayRepeat(const Enrollment& enrollment, const std::string& request_hash) {
  return enrollment.completed && enrollment.request_hash == request_hash &&
         enrollment.highest_counter == 0;
}

bool IsBlocked(DeviceState state) {
  return state == DeviceState::kSuspended || state == DeviceState::kRevoked;
}

}  // namespace

const char* DeviceStateName(DeviceState state) {
  switch (state) {
    case DeviceState::kPending:
      return "pending";
    case DeviceState::kActive:
      return "active";
    case DeviceState::kSuspended:
      return "suspended";
    case DeviceState::kRevoked:
      return "revoked";
  }
  return "unknown";
}

absl::Status CheckStateMove(DeviceState from, DeviceState to) {
  if (from == to) return absl::OkStatus();
  if (from == DeviceState::kRevoked) {
    return absl::FailedPreconditionError(
        "the device is revoked, for ever; add a new device for its owner");
  }
  if (to == DeviceState::kRevoked) return absl::OkStatus();
  if (from == DeviceState::kPending) {
    return absl::FailedPreconditionError(
        "the device is not enrolled yet; it becomes active by its activation code, or revoke it");
  }
  if (from == DeviceState::kActive && to == DeviceState::kSuspended) return absl::OkStatus();
  if (from == DeviceState::kSuspended && to == DeviceState::kActive) return absl::OkStatus();
  return absl::InvalidArgumentError("a device cannot be made " + std::string(DeviceStateName(to)) +
                                    "; name active, suspended or revoked");
}

const char* EnrollmentResultLabel(EnrollmentResult result) {
  switch (result) {
    case EnrollmentResult::kAdmitted:
      return "admitted";
    case EnrollmentResult::kRepeated:
      return "repeated";
    case EnrollmentResult::kCompleted:
      return "completed";
    case EnrollmentResult::kUnknownCode:
      return "unknown_code";
    case EnrollmentResult::kExpired:
      return "expired";
    case EnrollmentResult::kUsed:
      return "used";
    case EnrollmentResult::kOtherRequest:
      return "other_request";
    case EnrollmentResult::kTriesExhausted:
      return "tries_exhausted";
    case EnrollmentResult::kDeviceBlocked:
      return "device_blocked";
    case EnrollmentResult::kNotBegun:
      return "not_begun";
  }
  return "unknown";
}

bool IsAdmitted(EnrollmentResult result) {
  return result == EnrollmentResult::kAdmitted || result == EnrollmentResult::kRepeated ||
         result == EnrollmentResult::kCompleted;
}

Admission AdmitEnrollment(const std::optional<Enrollment>& enrollment,
                          const std::string& request_hash, int64_t now_unix_ms) {
  if (!enrollment.has_value()) return {EnrollmentResult::kUnknownCode};
  if (IsBlocked(enrollment->device_state)) return {EnrollmentResult::kDeviceBlocked};
  if (MayRepeat(*enrollment, request_hash)) return {EnrollmentResult::kRepeated};
  if (enrollment->completed) return {EnrollmentResult::kUsed};
  if (now_unix_ms >= enrollment->expires_at_unix_ms) return {EnrollmentResult::kExpired};
  if (enrollment->tries_left <= 0) return {EnrollmentResult::kTriesExhausted};
  if (enrollment->request_hash.empty()) return {EnrollmentResult::kAdmitted, true, true};
  if (enrollment->request_hash == request_hash) return {EnrollmentResult::kRepeated};
  return {EnrollmentResult::kOtherRequest, true, false};
}

EnrollmentResult DecideCompletion(const std::optional<Enrollment>& enrollment,
                                  const std::string& request_hash, uint32_t device_id,
                                  int64_t now_unix_ms) {
  if (!enrollment.has_value()) return EnrollmentResult::kUnknownCode;
  if (IsBlocked(enrollment->device_state)) return EnrollmentResult::kDeviceBlocked;
  if (enrollment->device_id != device_id || enrollment->request_hash.empty()) {
    return EnrollmentResult::kNotBegun;
  }
  if (MayRepeat(*enrollment, request_hash)) return EnrollmentResult::kRepeated;
  if (enrollment->completed) return EnrollmentResult::kUsed;
  if (enrollment->request_hash != request_hash) return EnrollmentResult::kOtherRequest;
  if (now_unix_ms >= enrollment->expires_at_unix_ms) return EnrollmentResult::kExpired;
  return EnrollmentResult::kCompleted;
}

}  // namespace signet::payment_platform
