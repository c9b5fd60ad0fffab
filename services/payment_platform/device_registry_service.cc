#include "services/payment_platform/device_registry_service.h"

#include "libs/base/ids.h"
#include "libs/program/log.h"
#include "services/payment_platform/deferred_call.h"
#include "services/payment_platform/store/device_store.h"
#include "services/payment_platform/store/enrollment_store.h"

namespace signet::payment_platform {
namespace {

constexpr size_t kPublicKeyBytes = 32;             // Ed25519 (RFC 8032, 5.1.5)
constexpr size_t kRequestHashBytes = 32;           // SHA-256
constexpr size_t kMaxCertificateBytes = 8 * 1024;  // one of ours has about 500

absl::Status CheckKeyAndHash(const std::string& key, const std::string& hash) {
  if (key.size() == kPublicKeyBytes && hash.size() == kRequestHashBytes) return absl::OkStatus();
  return absl::InvalidArgumentError("activation_public_key and request_hash have 32 bytes each");
}

}  // namespace

DeviceRegistryService::DeviceRegistryService(Database& database, const Clock& clock,
                                             serving::Metrics& metrics,
                                             DeviceRegistryOptions options)
    : database_(database), clock_(clock), executor_(options.threads, options.queue_limit) {
  for (int i = 0; i < kEnrollmentResults; ++i) {
    counters_[static_cast<size_t>(i)] = &metrics.AddCounter(
        "signet_activation_code_uses_total", "Enrollment requests by what became of them.",
        {{"result", EnrollmentResultLabel(static_cast<EnrollmentResult>(i))}});
  }
}

grpc::ServerUnaryReactor* DeviceRegistryService::GetDevice(
    grpc::CallbackServerContext* context, const platform::v1::GetDeviceRequest* request,
    platform::v1::GetDeviceResponse* response) {
  return Defer(executor_, context, [=, this] { return Get(*request, *response); });
}

grpc::ServerUnaryReactor* DeviceRegistryService::BeginEnrollment(
    grpc::CallbackServerContext* context, const platform::v1::BeginEnrollmentRequest* request,
    platform::v1::BeginEnrollmentResponse* response) {
  return Defer(executor_, context, [=, this] { return Begin(*request, *response); });
}

grpc::ServerUnaryReactor* DeviceRegistryService::CompleteEnrollment(
    grpc::CallbackServerContext* context, const platform::v1::CompleteEnrollmentRequest* request,
    platform::v1::CompleteEnrollmentResponse* /*response*/) {
  return Defer(executor_, context, [=, this] { return Complete(*request); });
}

absl::Status DeviceRegistryService::Get(const platform::v1::GetDeviceRequest& request,
                                        platform::v1::GetDeviceResponse& response) {
  absl::StatusOr<std::string> certificate = FindDeviceCertificate(database_, request.device_id());
  if (!certificate.ok()) return certificate.status();
  response.set_device_certificate_der(*std::move(certificate));
  return absl::OkStatus();
}

absl::Status DeviceRegistryService::Begin(const platform::v1::BeginEnrollmentRequest& request,
                                          platform::v1::BeginEnrollmentResponse& response) {
  const absl::Status shape =
      CheckKeyAndHash(request.activation_public_key(), request.request_hash());
  if (!shape.ok()) return shape;
  const absl::StatusOr<EnrollmentAnswer> answer = payment_platform::BeginEnrollment(
      database_, request.activation_public_key(), request.request_hash(), clock_.NowUnixMs());
  if (!answer.ok()) return answer.status();
  const absl::Status verdict = Conclude(answer->result, answer->device_id);
  if (!verdict.ok()) return verdict;
  response.set_device_id(answer->device_id);
  return absl::OkStatus();
}

absl::Status DeviceRegistryService::Complete(
    const platform::v1::CompleteEnrollmentRequest& request) {
  const absl::Status shape =
      CheckKeyAndHash(request.activation_public_key(), request.request_hash());
  if (!shape.ok()) return shape;
  const size_t certificate_bytes = request.device_certificate_der().size();
  if (certificate_bytes == 0 || certificate_bytes > kMaxCertificateBytes) {
    return absl::InvalidArgumentError("device_certificate_der is missing or over 8 KiB");
  }
  const absl::StatusOr<EnrollmentResult> result =
      payment_platform::CompleteEnrollment(database_,
                                           {request.activation_public_key(), request.request_hash(),
                                            request.device_id(), request.device_certificate_der()},
                                           clock_.NowUnixMs());
  if (!result.ok()) return result.status();
  return Conclude(*result, request.device_id());
}

absl::Status DeviceRegistryService::Conclude(EnrollmentResult result, uint32_t device_id) {
  counters_[static_cast<size_t>(result)]->Increment();
  const std::string label = EnrollmentResultLabel(result);
  if (IsAdmitted(result)) {
    serving::LogInfo("enrollment", {{"result", label}, {"device", FormatDeviceId(device_id)}});
    return absl::OkStatus();
  }
  serving::LogWarning("enrollment_refused", {{"reason", label}});
  return absl::PermissionDeniedError("enrollment refused");
}

}  // namespace signet::payment_platform
