// Activation codes, known by their public keys. Each call is one transaction under the code's lock.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "services/payment_platform/domain/device_rules.h"
#include "services/payment_platform/store/postgres/database.h"

namespace signet::payment_platform {

// A refusal is a result, not an error: what it costs the code is committed.
struct EnrollmentAnswer {
  EnrollmentResult result = EnrollmentResult::kUnknownCode;
  // Of an admitted request.
  uint32_t device_id = 0;
};

absl::StatusOr<EnrollmentAnswer> BeginEnrollment(Database& database,
                                                 const std::string& activation_public_key,
                                                 const std::string& request_hash,
                                                 int64_t now_unix_ms);

struct EnrolledDevice {
  std::string activation_public_key;
  std::string request_hash;
  uint32_t device_id = 0;
  std::string certificate_der;
};
absl::StatusOr<EnrollmentResult> CompleteEnrollment(Database& database,
                                                    const EnrolledDevice& enrolled,
                                                    int64_t now_unix_ms);

}  // namespace signet::payment_platform
