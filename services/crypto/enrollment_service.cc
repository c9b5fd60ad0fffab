#include "services/crypto/enrollment_service.h"

#include <utility>

#include "libs/base/big_endian.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/program/log.h"
#include "services/crypto/enrollment_rules.h"
#include "services/crypto/exchange_rules.h"

namespace signet::crypto {
namespace {

constexpr int64_t kMsPerSecond = 1000;

class EnrollCall final : public UnaryCall {
 public:
  EnrollCall(grpc::CallbackServerContext& context, EnrollmentParts& parts,
             EnrollmentMetrics& results, const v1::EnrollRequest& request,
             v1::EnrollResponse& response)
      : UnaryCall(context, parts.shared),
        parts_(parts),
        results_(results),
        request_(request),
        response_(response) {}

  void Start();

 private:
  void Verify();
  void Begin();
  void Issue(size_t thread);
  absl::Status MakeAnswer(size_t thread);
  // The answer becomes the response's content, exactly as it is signed.
  absl::Status SignAnswer(size_t thread);
  void Complete();
  void Refuse(const std::string& reason);
  void EndWithPlatformError(const grpc::Status& status);
  void Fail(grpc::StatusCode code);

  EnrollmentParts& parts_;
  EnrollmentMetrics& results_;
  const v1::EnrollRequest& request_;
  v1::EnrollResponse& response_;
  Enrollee enrollee_;
  device::v1::EnrollmentAnswer answer_;
  platform::v1::BeginEnrollmentRequest begin_request_;
  platform::v1::BeginEnrollmentResponse begin_response_;
  platform::v1::CompleteEnrollmentRequest complete_request_;
  platform::v1::CompleteEnrollmentResponse complete_response_;
};

void EnrollCall::Start() {
  if (!Enter()) return;
  if (request_.enrollment().content().size() > kMaxEnrollmentContentBytes) {
    return Refuse("content of more than 8 KiB");
  }
  RunNew([this](size_t) { Verify(); });
}

void EnrollCall::Verify() {
  if (Abandoned()) return Fail(grpc::StatusCode::CANCELLED);
  auto enrollee = CheckEnrollment(request_.enrollment());
  if (!enrollee.ok()) return Refuse(enrollee.status().ToString());
  enrollee_ = *std::move(enrollee);
  Begin();
}

void EnrollCall::Begin() {
  begin_request_.set_activation_public_key(enrollee_.activation_public_key);
  begin_request_.set_request_hash(enrollee_.request_hash);
  parts_.registry.async()->BeginEnrollment(NextPlatformCall(), &begin_request_, &begin_response_,
                                           [this](const grpc::Status& status) {
                                             if (!status.ok()) return EndWithPlatformError(status);
                                             RunAdmitted([this](size_t thread) { Issue(thread); });
                                           });
}

void EnrollCall::Issue(size_t thread) {
  if (Abandoned()) return Fail(grpc::StatusCode::CANCELLED);
  absl::Status made = MakeAnswer(thread);
  if (made.ok()) made = SignAnswer(thread);
  if (!made.ok()) {
    serving::LogError("enrollment_failed", {{"error", made.ToString()}});
    return Fail(static_cast<grpc::StatusCode>(made.code()));
  }
  Complete();
}

absl::Status EnrollCall::MakeAnswer(size_t thread) {
  const uint32_t device_id = begin_response_.device_id();
  if (device_id == 0) return absl::InternalError("the platform assigned the device ID 0");
  const int64_t now_s = parts_.clock.NowUnixMs() / kMsPerSecond;
  const int64_t days = parts_.certificate_validity_days;

  SIGNET_ASSIGN_OR_RETURN(auto initial_key,
                          parts_.hsm.WrapInitialKey(thread, device_id, enrollee_.transport_key));
  SIGNET_ASSIGN_OR_RETURN(
      *answer_.mutable_device_certificate_der(),
      parts_.hsm.IssueCertificate(thread, DeviceCertificateSpec(enrollee_, device_id, now_s, days),
                                  parts_.device_ca_der));
  SIGNET_ASSIGN_OR_RETURN(*answer_.mutable_terminal_certificate_der(),
                          parts_.hsm.IssueCertificate(
                              thread, TerminalCertificateSpec(enrollee_, device_id, now_s, days),
                              parts_.device_ca_der));
  AppendBigEndian32(*answer_.mutable_bdk_id(), parts_.bdk_id);
  AppendBigEndian32(*answer_.mutable_device_id(), device_id);
  answer_.set_wrapped_initial_key(initial_key.wrapped);
  answer_.set_initial_key_check_value(initial_key.check_value);
  answer_.set_device_ca_certificate_der(parts_.device_ca_der);
  answer_.set_receipt_public_key_der(parts_.hsm.receipt_public_der());
  return absl::OkStatus();
}

absl::Status EnrollCall::SignAnswer(size_t thread) {
  device::v1::EnrollmentResponse& response = *response_.mutable_enrollment();
  response.set_content(answer_.SerializeAsString());
  SIGNET_ASSIGN_OR_RETURN(
      *response.mutable_signature(),
      parts_.hsm.SignEnrollmentAnswer(thread, enrollee_.request_hash, response.content()));
  return absl::OkStatus();
}

void EnrollCall::Complete() {
  complete_request_.set_activation_public_key(enrollee_.activation_public_key);
  complete_request_.set_request_hash(enrollee_.request_hash);
  complete_request_.set_device_id(begin_response_.device_id());
  complete_request_.set_device_certificate_der(answer_.device_certificate_der());
  parts_.registry.async()->CompleteEnrollment(
      NextPlatformCall(), &complete_request_, &complete_response_,
      [this](const grpc::Status& status) {
        if (!status.ok()) return EndWithPlatformError(status);
        results_.completed.Increment();
        serving::LogInfo("device_enrolled",
                         {{"device_id", FormatDeviceId(begin_response_.device_id())}});
        Reply(grpc::Status::OK);
      });
}

void EnrollCall::Refuse(const std::string& reason) {
  results_.refused.Increment();
  serving::LogWarning("enrollment_refused", {{"reason", reason}});
  response_.Clear();
  Reply({grpc::StatusCode::PERMISSION_DENIED, "enrollment refused"});
}

void EnrollCall::EndWithPlatformError(const grpc::Status& status) {
  if (IsEnrollmentRefusal(status)) return Refuse("platform: " + status.error_message());
  serving::LogError("platform_error", {{"error", status.error_message()}});
  Fail(status.error_code());
}

void EnrollCall::Fail(grpc::StatusCode code) {
  results_.failed.Increment();
  response_.Clear();
  Reply(PassOn(code));
}

}  // namespace

EnrollmentMetrics::EnrollmentMetrics(serving::Metrics& metrics)
    : completed(metrics.AddCounter("signet_enrollments_total", "Enrollments by result",
                                   {{"result", "completed"}})),
      refused(metrics.AddCounter("signet_enrollments_total", "Enrollments by result",
                                 {{"result", "refused"}})),
      failed(metrics.AddCounter("signet_enrollments_total", "Enrollments by result",
                                {{"result", "failed"}})) {}

grpc::ServerUnaryReactor* EnrollmentService::Enroll(grpc::CallbackServerContext* context,
                                                    const v1::EnrollRequest* request,
                                                    v1::EnrollResponse* response) {
  // Owned by itself: gRPC's OnDone deletes it.
  auto* call = new EnrollCall(*context, parts_, results_, *request, *response);
  call->Start();
  return call;
}

}  // namespace signet::crypto
