// The Enrollment service: admits a device with the platform, gives it its initial key, wrapped in
// the HSM, and its certificates, and signs the whole answer, in the HSM.
//
//   [thread] verify ─▶ platform: begin ─▶ [HSM] wrap, issue, sign ─▶ platform: complete ─▶ reply
#pragma once

#include <cstdint>
#include <string>

#include "libs/base/clock.h"
#include "services/crypto/hsm/server_hsm.h"
#include "services/crypto/unary_call.h"
#include "signet/crypto/v1/crypto.grpc.pb.h"
#include "signet/platform/v1/device_registry.grpc.pb.h"

namespace signet::crypto {

// What enrollments are made with. All of it outlives the server.
struct EnrollmentParts {
  CallShared& shared;
  ServerHsm& hsm;
  const Clock& clock;
  platform::v1::DeviceRegistry::Stub& registry;
  uint32_t bdk_id;
  std::string device_ca_der;
  int64_t certificate_validity_days;
};

// signet_enrollments_total{result}
struct EnrollmentMetrics {
  explicit EnrollmentMetrics(serving::Metrics& metrics);
  serving::Counter& completed;
  serving::Counter& refused;
  serving::Counter& failed;
};

class EnrollmentService final : public v1::Enrollment::CallbackService {
 public:
  EnrollmentService(EnrollmentParts parts, serving::Metrics& metrics)
      : parts_(std::move(parts)), results_(metrics) {}

  grpc::ServerUnaryReactor* Enroll(grpc::CallbackServerContext* context,
                                   const v1::EnrollRequest* request,
                                   v1::EnrollResponse* response) override;

 private:
  EnrollmentParts parts_;
  EnrollmentMetrics results_;
};

}  // namespace signet::crypto
