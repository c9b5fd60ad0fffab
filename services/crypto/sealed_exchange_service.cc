#include "services/crypto/sealed_exchange_service.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "grpcpp/client_context.h"
#include "libs/base/status.h"
#include "libs/program/log.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/trace.h"
#include "services/crypto/exchange_rules.h"

namespace signet::crypto {
namespace {

constexpr int64_t kMsPerSecond = 1000;

// One exchange under way. Goes from step to step, each of which ends by starting the next one or by
// Reply, exactly once, which deletes it.
class ExchangeCall {
 public:
  ExchangeCall(ExchangeParts& parts, std::unique_ptr<ExchangeStreams::Call> call)
      : parts_(parts),
        call_(std::move(call)),
        request_(call_->request()),
        traceparent_(rpc::NextTraceparent(request_.traceparent())) {}

  void Start();

 private:
  void FetchDevice();
  void RunOpen();
  void OpenMessage(size_t thread);
  // The device's key, verified where it comes fresh from the registry.
  absl::Status LearnDeviceKey();
  void AskPlatform(sealing::OpenedMessage opened);
  void SealAnswer(size_t thread);
  absl::StatusOr<sealing::v1::SealedMessage> Seal(size_t thread, const sealing::Header& header);
  std::chrono::milliseconds PlatformTimeout() const {
    return std::min(parts_.shared.platform_timeout, call_->TimeLeft());
  }
  // Of every step, since each may run on another thread.
  serving::TraceScope Trace() const { return serving::TraceScope(rpc::TraceIdOf(traceparent_)); }
  void Refuse(Refusal refusal) { Reply(parts_.refusals.Refuse(refusal, request_.device_id())); }
  void End(const std::variant<grpc::Status, Refusal>& meaning);
  void EndWithHsmError(const char* step, const absl::Status& status);
  void Reply(const grpc::Status& status);

  ExchangeParts& parts_;
  std::unique_ptr<ExchangeStreams::Call> call_;
  v1::ExchangeRequest& request_;
  const std::string traceparent_;  // for the platform
  v1::ExchangeResponse response_;
  bool entered_ = false;
  sealing::Header header_;
  std::optional<DeviceKey> device_key_;
  std::unique_ptr<grpc::ClientContext> registry_call_;
  platform::v1::GetDeviceRequest device_request_;
  platform::v1::GetDeviceResponse device_response_;
  platform::v1::ProcessResponse process_response_;
};

void ExchangeCall::Start() {
  const serving::TraceScope trace = Trace();
  entered_ = parts_.shared.admission.TryEnter();
  if (!entered_) return Reply(Overloaded());
  auto checked = CheckExchange(request_, parts_.bdk_id);
  if (const auto* refusal = std::get_if<Refusal>(&checked)) return Refuse(*refusal);
  header_ = std::get<sealing::Header>(checked);
  device_key_ = parts_.device_keys.Find(header_.ksn.device_id);
  if (!device_key_) return FetchDevice();
  RunOpen();
}

void ExchangeCall::FetchDevice() {
  device_request_.set_device_id(header_.ksn.device_id);
  registry_call_ = std::make_unique<grpc::ClientContext>();
  rpc::SetDeadline(*registry_call_, PlatformTimeout());
  rpc::SetTraceparent(*registry_call_, traceparent_);
  parts_.registry.async()->GetDevice(registry_call_.get(), &device_request_, &device_response_,
                                     [this](const grpc::Status& status) {
                                       const serving::TraceScope trace = Trace();
                                       // Lets go of the channel before the service may end.
                                       registry_call_.reset();
                                       if (!status.ok()) return End(MeaningOfDeviceError(status));
                                       RunOpen();
                                     });
}

void ExchangeCall::RunOpen() {
  const bool taken = parts_.shared.threads.TrySubmit(
      header_.ksn.device_id, [this](size_t thread) { OpenMessage(thread); });
  if (!taken) Reply(Overloaded());
}

absl::Status ExchangeCall::LearnDeviceKey() {
  const int64_t now_s = parts_.clock.NowUnixMs() / kMsPerSecond;
  if (!device_key_) {
    auto verified = VerifyDeviceCertificate(device_response_.device_certificate_der(),
                                            parts_.device_ca, header_.ksn.device_id, now_s);
    if (!verified.ok()) return verified.status();
    device_key_ = *std::move(verified);
    parts_.device_keys.Put(header_.ksn.device_id, *device_key_);
  }
  if (now_s > device_key_->not_after_unix_s) {
    return absl::UnauthenticatedError("the device's certificate has expired");
  }
  return absl::OkStatus();
}

void ExchangeCall::OpenMessage(size_t thread) {
  const serving::TraceScope trace = Trace();
  if (call_->Abandoned()) return Reply(PassOn(grpc::StatusCode::CANCELLED));
  if (!LearnDeviceKey().ok()) return Refuse(Refusal::kBadCertificate);
  auto opened = parts_.hsm.OpenMessage(thread, request_.message(), header_);
  if (absl::IsUnauthenticated(opened.status())) return Refuse(Refusal::kBadTag);
  if (!opened.ok()) return EndWithHsmError("open", opened.status());
  if (sealing::IsSigned(header_.type) &&
      !sealing::VerifySignature(request_.message().header(), *opened, *device_key_->key).ok()) {
    return Refuse(Refusal::kBadSignature);
  }
  AskPlatform(*std::move(opened));
}

void ExchangeCall::AskPlatform(sealing::OpenedMessage opened) {
  platform::v1::ProcessRequest ask;
  ask.set_device_id(header_.ksn.device_id);
  ask.set_counter(header_.ksn.counter);
  ask.set_type(header_.type);
  ask.set_header(std::move(*request_.mutable_message()->mutable_header()));
  ask.set_body(std::move(opened.body));
  ask.set_signature(std::move(opened.signature));
  ask.set_traceparent(traceparent_);
  parts_.processor.Call(
      std::move(ask), PlatformTimeout(),
      [this](const grpc::Status& status, platform::v1::ProcessResponse& response) {
        const serving::TraceScope trace = Trace();
        if (!status.ok()) return End(MeaningOfProcessError(status));
        process_response_.Swap(&response);
        parts_.shared.threads.SubmitAdmitted(header_.ksn.device_id,
                                             [this](size_t thread) { SealAnswer(thread); });
      });
}

absl::StatusOr<sealing::v1::SealedMessage> ExchangeCall::Seal(size_t thread,
                                                              const sealing::Header& header) {
  const std::string& body = process_response_.answer_body();
  std::string signature;
  if (header.type == sealing::v1::MESSAGE_TYPE_RECEIPT) {
    SIGNET_ASSIGN_OR_RETURN(signature, parts_.hsm.SignReceipt(thread, body));
  }
  return parts_.hsm.SealAnswer(thread, header, body, signature);
}

void ExchangeCall::SealAnswer(size_t thread) {
  const serving::TraceScope trace = Trace();
  if (call_->Abandoned()) return Reply(PassOn(grpc::StatusCode::CANCELLED));
  sealing::Header answer_header = header_;
  answer_header.type = process_response_.answer_type();
  if (!IsAnswer(answer_header.type)) {
    serving::LogError("platform_answer_unusable",
                      {{"type", static_cast<int64_t>(process_response_.answer_type())}});
    return Reply(PassOn(grpc::StatusCode::INTERNAL));
  }
  auto sealed = Seal(thread, answer_header);
  if (!sealed.ok()) return EndWithHsmError("seal", sealed.status());
  *response_.mutable_answer() = *std::move(sealed);
  Reply(grpc::Status::OK);
}

void ExchangeCall::End(const std::variant<grpc::Status, Refusal>& meaning) {
  if (const auto* refusal = std::get_if<Refusal>(&meaning)) return Refuse(*refusal);
  Reply(std::get<grpc::Status>(meaning));
}

void ExchangeCall::EndWithHsmError(const char* step, const absl::Status& status) {
  serving::LogError("hsm_error", {{"step", std::string(step)}, {"error", status.ToString()}});
  Reply(PassOn(absl::IsUnavailable(status) ? grpc::StatusCode::UNAVAILABLE
                                           : grpc::StatusCode::INTERNAL));
}

void ExchangeCall::Reply(const grpc::Status& status) {
  const std::unique_ptr<ExchangeCall> self(this);
  if (entered_) parts_.shared.admission.Leave();
  ExchangeStreams::Call::Finish(std::move(call_), status, std::move(response_));
}

}  // namespace

SealedExchangeService::SealedExchangeService(ExchangeParts parts, rpc::CallObserver* calls)
    : parts_(std::move(parts)),
      streams_(
          "/signet.crypto.v1.SealedExchange/Exchange",
          [this](std::unique_ptr<ExchangeStreams::Call> call) {
            (new ExchangeCall(parts_, std::move(call)))->Start();  // owned by itself
          },
          calls) {}

}  // namespace signet::crypto
