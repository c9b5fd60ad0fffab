#include "tests/integration/crypto/recording_platform.h"

#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"

namespace signet::crypto {

RecordingPlatform::RecordingPlatform() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(static_cast<platform::v1::DeviceRegistry::Service*>(this));
  builder.RegisterService(static_cast<platform::v1::PaymentProcessor::CallbackService*>(this));
  server_ = builder.BuildAndStart();
}

RecordingPlatform::~RecordingPlatform() {
  std::vector<std::thread> handling;
  {
    absl::MutexLock lock(&mutex_);
    handling.swap(handling_);
  }
  for (std::thread& thread : handling) thread.join();
  streams_.Drain();
  server_->Shutdown();
  server_->Wait();
}

std::shared_ptr<grpc::Channel> RecordingPlatform::Channel() const {
  return grpc::CreateChannel("127.0.0.1:" + std::to_string(port_),
                             grpc::InsecureChannelCredentials());
}

void RecordingPlatform::SetCertificate(uint32_t device_id, const std::string& der) {
  absl::MutexLock lock(&mutex_);
  certificates_[device_id] = der;
}

void RecordingPlatform::SetProcessor(Processor processor) {
  absl::MutexLock lock(&mutex_);
  processor_ = std::move(processor);
}

void RecordingPlatform::SetRegistryStatus(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  registry_status_ = status;
}

void RecordingPlatform::SetWhileEnrolling(std::function<void()> action) {
  absl::MutexLock lock(&mutex_);
  while_enrolling_ = std::move(action);
}

std::vector<platform::v1::ProcessRequest> RecordingPlatform::processed() const {
  absl::MutexLock lock(&mutex_);
  return processed_;
}

int RecordingPlatform::devices_asked() const {
  absl::MutexLock lock(&mutex_);
  return devices_asked_;
}

std::vector<platform::v1::BeginEnrollmentRequest> RecordingPlatform::begun() const {
  absl::MutexLock lock(&mutex_);
  return begun_;
}

std::vector<platform::v1::CompleteEnrollmentRequest> RecordingPlatform::completed() const {
  absl::MutexLock lock(&mutex_);
  return completed_;
}

grpc::Status RecordingPlatform::GetDevice(grpc::ServerContext*,
                                          const platform::v1::GetDeviceRequest* request,
                                          platform::v1::GetDeviceResponse* response) {
  absl::MutexLock lock(&mutex_);
  ++devices_asked_;
  if (!registry_status_.ok()) return registry_status_;
  const auto found = certificates_.find(request->device_id());
  if (found == certificates_.end()) return {grpc::StatusCode::NOT_FOUND, "no such device"};
  response->set_device_certificate_der(found->second);
  return grpc::Status::OK;
}

grpc::Status RecordingPlatform::BeginEnrollment(grpc::ServerContext*,
                                                const platform::v1::BeginEnrollmentRequest* request,
                                                platform::v1::BeginEnrollmentResponse* response) {
  std::function<void()> while_enrolling;
  {
    absl::MutexLock lock(&mutex_);
    begun_.push_back(*request);
    if (!registry_status_.ok()) return registry_status_;
    while_enrolling = while_enrolling_;
  }
  if (while_enrolling) while_enrolling();
  response->set_device_id(kAssignedDeviceId);
  return grpc::Status::OK;
}

grpc::Status RecordingPlatform::CompleteEnrollment(
    grpc::ServerContext*, const platform::v1::CompleteEnrollmentRequest* request,
    platform::v1::CompleteEnrollmentResponse*) {
  absl::MutexLock lock(&mutex_);
  completed_.push_back(*request);
  return grpc::Status::OK;
}

void RecordingPlatform::Handle(std::unique_ptr<Streams::Call> call) {
  Streams::Call* const waiting = call.release();
  absl::MutexLock lock(&mutex_);
  handling_.emplace_back([this, waiting] {
    platform::v1::ProcessResponse response;
    const grpc::Status status = RunProcessor(waiting->request(), response);
    Streams::Call::Finish(std::unique_ptr<Streams::Call>(waiting), status, std::move(response));
  });
}

grpc::Status RecordingPlatform::RunProcessor(const platform::v1::ProcessRequest& request,
                                             platform::v1::ProcessResponse& response) {
  Processor processor;
  {
    absl::MutexLock lock(&mutex_);
    processed_.push_back(request);
    processor = processor_;
  }
  if (!processor) return {grpc::StatusCode::UNIMPLEMENTED, "the test set no processor"};
  return processor(request, response);
}

}  // namespace signet::crypto
