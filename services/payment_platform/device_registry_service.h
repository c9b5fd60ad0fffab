// The DeviceRegistry service: devices and their enrollment, for the crypto service. Its database
// work runs on threads of its own.
#pragma once

#include <array>
#include <cstddef>

#include "libs/base/clock.h"
#include "libs/serving/executor.h"
#include "libs/serving/metrics.h"
#include "services/payment_platform/domain/device_rules.h"
#include "services/payment_platform/store/postgres/database.h"
#include "signet/platform/v1/device_registry.grpc.pb.h"

namespace signet::payment_platform {

struct DeviceRegistryOptions {
  size_t threads = 2;
  size_t queue_limit = 256;
};

class DeviceRegistryService final : public platform::v1::DeviceRegistry::CallbackService {
 public:
  DeviceRegistryService(Database& database, const Clock& clock, serving::Metrics& metrics,
                        DeviceRegistryOptions options = {});
  // After the server was shut down.
  void Stop() { executor_.Stop(); }

  grpc::ServerUnaryReactor* GetDevice(grpc::CallbackServerContext* context,
                                      const platform::v1::GetDeviceRequest* request,
                                      platform::v1::GetDeviceResponse* response) override;
  grpc::ServerUnaryReactor* BeginEnrollment(
      grpc::CallbackServerContext* context, const platform::v1::BeginEnrollmentRequest* request,
      platform::v1::BeginEnrollmentResponse* response) override;
  grpc::ServerUnaryReactor* CompleteEnrollment(
      grpc::CallbackServerContext* context, const platform::v1::CompleteEnrollmentRequest* request,
      platform::v1::CompleteEnrollmentResponse* response) override;

  // The work of the three, without the network. Block on the database.
  absl::Status Get(const platform::v1::GetDeviceRequest& request,
                   platform::v1::GetDeviceResponse& response);
  absl::Status Begin(const platform::v1::BeginEnrollmentRequest& request,
                     platform::v1::BeginEnrollmentResponse& response);
  absl::Status Complete(const platform::v1::CompleteEnrollmentRequest& request);

 private:
  // Counts and logs; PERMISSION_DENIED "enrollment refused", whatever the reason.
  absl::Status Conclude(EnrollmentResult result, uint32_t device_id);

  Database& database_;
  const Clock& clock_;
  std::array<serving::Counter*, kEnrollmentResults> counters_{};
  serving::Executor executor_;
};

}  // namespace signet::payment_platform
