// The platform's side of its protos, in the test's process: answers as the test says and records
// what it was asked.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/channel.h"
#include "grpcpp/server.h"
#include "libs/rpc/call_stream/call_stream_server.h"
#include "signet/platform/v1/device_registry.grpc.pb.h"
#include "signet/platform/v1/processor.grpc.pb.h"

namespace signet::crypto {

class RecordingPlatform final : public platform::v1::DeviceRegistry::Service,
                                public platform::v1::PaymentProcessor::CallbackService {
 public:
  using Processor = std::function<grpc::Status(const platform::v1::ProcessRequest&,
                                               platform::v1::ProcessResponse&)>;

  using Streams = rpc::CallStreamServer<platform::v1::ProcessBatch, platform::v1::ProcessAnswers>;

  RecordingPlatform();
  ~RecordingPlatform() override;

  std::shared_ptr<grpc::Channel> Channel() const;
  void SetCertificate(uint32_t device_id, const std::string& der);
  void SetProcessor(Processor processor);
  // Every registry call answers this, where it is not OK.
  void SetRegistryStatus(const grpc::Status& status);
  // Called while the platform admits an enrollment.
  void SetWhileEnrolling(std::function<void()> action);

  std::vector<platform::v1::ProcessRequest> processed() const;
  int devices_asked() const;
  std::vector<platform::v1::BeginEnrollmentRequest> begun() const;
  std::vector<platform::v1::CompleteEnrollmentRequest> completed() const;

  static constexpr uint32_t kAssignedDeviceId = 0x0badcafe;

 private:
  grpc::Status GetDevice(grpc::ServerContext*, const platform::v1::GetDeviceRequest* request,
                         platform::v1::GetDeviceResponse* response) override;
  grpc::Status BeginEnrollment(grpc::ServerContext*,
                               const platform::v1::BeginEnrollmentRequest* request,
                               platform::v1::BeginEnrollmentResponse* response) override;
  grpc::Status CompleteEnrollment(grpc::ServerContext*,
                                  const platform::v1::CompleteEnrollmentRequest* request,
                                  platform::v1::CompleteEnrollmentResponse*) override;
  Streams::Reactor* Process(grpc::CallbackServerContext* context) override {
    return streams_.Open(context);
  }
  // Each call on a thread of its own, which the processor may block.
  void Handle(std::unique_ptr<Streams::Call> call);
  grpc::Status RunProcessor(const platform::v1::ProcessRequest& request,
                            platform::v1::ProcessResponse& response);

  mutable absl::Mutex mutex_;
  std::map<uint32_t, std::string> certificates_ ABSL_GUARDED_BY(mutex_);
  Processor processor_ ABSL_GUARDED_BY(mutex_);
  grpc::Status registry_status_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> while_enrolling_ ABSL_GUARDED_BY(mutex_);
  std::vector<platform::v1::ProcessRequest> processed_ ABSL_GUARDED_BY(mutex_);
  int devices_asked_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<platform::v1::BeginEnrollmentRequest> begun_ ABSL_GUARDED_BY(mutex_);
  std::vector<platform::v1::CompleteEnrollmentRequest> completed_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> handling_ ABSL_GUARDED_BY(mutex_);
  int port_ = 0;
  Streams streams_{"process",
                   [this](std::unique_ptr<Streams::Call> call) { Handle(std::move(call)); }};
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace signet::crypto
