#include "services/crypto/exchange.h"

#include <optional>
#include <utility>

#include "libs/serving/log.h"
#include "services/crypto/exchange_rules.h"

namespace signet::crypto {
namespace {

constexpr int64_t kMsPerSecond = 1000;

class ExchangeCall final : public UnaryCall {
 public:
  ExchangeCall(grpc::CallbackServerContext& context, ExchangeParts& parts,
               const v1::ExchangeRequest& request, v1::ExchangeResponse& response)
      : UnaryCall(context, parts.shared), parts_(parts), request_(request), response_(response) {}

  void Start();

 private:
  void FetchDevice();
  void OpenMessage(size_t thread);
  // The device's key, verified where it comes fresh from the registry.
  absl::Status LearnDeviceKey();
  void AskPlatform(sealing::OpenedMessage opened);
  void SealAnswer(size_t thread);
  void Refuse(Refusal refusal) { Reply(parts_.refusals.Refuse(refusal, request_.device_id())); }
  void End(const std::variant<grpc::Status, Refusal>& meaning);
  void EndWithHsmError(const char* step, const absl::Status& status);

  ExchangeParts& parts_;
  const v1::ExchangeRequest& request_;
  v1::ExchangeResponse& response_;
  sealing::Header header_;
  std::optional<DeviceKey> device_key_;
  platform::v1::GetDeviceRequest device_request_;
  platform::v1::GetDeviceResponse device_response_;
  platform::v1::ProcessRequest process_request_;
  platform::v1::ProcessResponse process_response_;
};

void ExchangeCall::Start() {
  if (!Enter()) return;
  auto checked = CheckExchange(request_, parts_.bdk_id);
  if (const auto* refusal = std::get_if<Refusal>(&checked)) return Refuse(*refusal);
  header_ = std::get<sealing::Header>(checked);
  device_key_ = parts_.device_keys.Find(header_.ksn.device_id);
  if (!device_key_) return FetchDevice();
  RunNew([this](size_t thread) { OpenMessage(thread); });
}

void ExchangeCall::FetchDevice() {
  device_request_.set_device_id(header_.ksn.device_id);
  parts_.registry.async()->GetDevice(NextPlatformCall(), &device_request_, &device_response_,
                                     [this](const grpc::Status& status) {
                                       if (!status.ok()) return End(MeaningOfDeviceError(status));
                                       RunNew([this](size_t thread) { OpenMessage(thread); });
                                     });
}

absl::Status ExchangeCall::LearnDeviceKey() {
  const int64_t now_s = parts_.clock.NowUnixMs() / kMsPerSecond;
  if (!device_key_) {
    auto verified = VerifyDeviceCertificate(device_response_.device_certificate_der(),
                                            parts_.device_ca_der, header_.ksn.device_id, now_s);
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
  if (Abandoned()) return Reply(PassOn(grpc::StatusCode::CANCELLED));
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
  process_request_.set_device_id(header_.ksn.device_id);
  process_request_.set_counter(header_.ksn.counter);
  process_request_.set_type(header_.type);
  process_request_.set_header(request_.message().header());
  process_request_.set_body(std::move(opened.body));
  process_request_.set_signature(std::move(opened.signature));
  parts_.processor.async()->Process(NextPlatformCall(), &process_request_, &process_response_,
                                    [this](const grpc::Status& status) {
                                      if (!status.ok()) return End(MeaningOfProcessError(status));
                                      RunAdmitted([this](size_t thread) { SealAnswer(thread); });
                                    });
}

void ExchangeCall::SealAnswer(size_t thread) {
  if (Abandoned()) return Reply(PassOn(grpc::StatusCode::CANCELLED));
  sealing::Header answer_header = header_;
  answer_header.type = process_response_.answer_type();
  const std::string& body = process_response_.answer_body();
  if (!IsAnswer(answer_header.type)) {
    serving::LogError("platform_answer_unusable",
                      {{"type", static_cast<int64_t>(process_response_.answer_type())}});
    return Reply(PassOn(grpc::StatusCode::INTERNAL));
  }
  std::string signature;
  if (answer_header.type == sealing::v1::MESSAGE_TYPE_RECEIPT) {
    auto signed_receipt = parts_.hsm.SignReceipt(thread, body);
    if (!signed_receipt.ok()) return EndWithHsmError("sign_receipt", signed_receipt.status());
    signature = *std::move(signed_receipt);
  }
  auto sealed = parts_.hsm.SealAnswer(thread, answer_header, body, signature);
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

}  // namespace

grpc::ServerUnaryReactor* ExchangeService::Exchange(grpc::CallbackServerContext* context,
                                                    const v1::ExchangeRequest* request,
                                                    v1::ExchangeResponse* response) {
  // Owned by itself: gRPC's OnDone deletes it.
  auto* call = new ExchangeCall(*context, parts_, *request, *response);
  call->Start();
  return call;
}

}  // namespace signet::crypto
