// The crypto service's real handlers over a real token, with the platform's side in the test.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "grpcpp/server.h"
#include "libs/base/clock.h"
#include "libs/rpc/call_stream/call_stream_client.h"
#include "libs/serving/executor.h"
#include "libs/serving/metrics.h"
#include "services/crypto/enrollment_service.h"
#include "services/crypto/sealed_exchange_service.h"
#include "tests/integration/crypto/recording_platform.h"
#include "tests/integration/crypto/software_device.h"

namespace signet::crypto {

struct HarnessLimits {
  size_t queue = 64;
  size_t in_flight = 64;
  size_t enrollments = 8;
  std::chrono::milliseconds platform_timeout{20000};
  uint64_t objects_per_session = 1'000'000;
  std::string module;  // in place of SoftHSM
  std::chrono::milliseconds reopen_pause{1000};
  std::chrono::milliseconds proof_interval{5000};
};

class CryptoHarness {
 public:
  explicit CryptoHarness(const HarnessLimits& limits = {});
  ~CryptoHarness();

  struct Answer {
    grpc::Status status;
    sealing::v1::SealedMessage message;
  };
  // On the channel of that device.
  Answer Exchange(const sealing::v1::SealedMessage& message, uint32_t channel_device_id,
                  std::chrono::milliseconds deadline = std::chrono::seconds(30));
  grpc::Status Enroll(const device::v1::EnrollmentRequest& request,
                      device::v1::EnrollmentResponse& response);

  // A device that the platform knows, with a certificate issued by the device CA.
  SoftwareDevice AddDevice(uint32_t device_id);
  std::string IssueDeviceCertificate(uint32_t device_id, const std::string& public_key_der);

  RecordingPlatform& platform() { return platform_; }
  ServerHsm& hsm() { return *hsm_; }
  HsmThreads& threads() { return threads_; }
  // The value of a series as Prometheus reads it: name{labels}. -1 where there is none.
  double Metric(const std::string& series) const;
  double Rejected(const std::string& reason) const {
    return Metric("signet_messages_rejected_total{reason=\"" + reason + "\"}");
  }
  // Returns when every call has ended.
  void StopServer();
  // Whether every request that entered has left.
  bool AllLeft();

 private:
  const HarnessLimits limits_;
  RecordingPlatform platform_;
  serving::Metrics metrics_;
  SystemClock clock_;
  HsmMetrics hsm_metrics_;
  RefusalLog refusals_;
  DeviceKeyCache device_keys_;
  serving::Admission admission_;
  serving::Admission enrollment_admission_;
  std::unique_ptr<ServerHsm> hsm_;
  HsmThreads threads_;
  CallShared shared_;
  CallShared enrollment_shared_;
  std::shared_ptr<grpc::Channel> platform_channel_;
  platform::v1::DeviceRegistry::Stub registry_;
  platform::v1::PaymentProcessor::Stub processor_stub_;
  Processor processor_;
  SealedExchangeService exchange_;
  EnrollmentService enrollment_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::SealedExchange::Stub> exchange_stub_;
  std::unique_ptr<rpc::CallStreamClient<v1::ExchangeBatch, v1::ExchangeAnswers>> exchanges_;
  std::unique_ptr<v1::Enrollment::Stub> enrollment_stub_;
};

}  // namespace signet::crypto
