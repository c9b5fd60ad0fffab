#include "tests/bench/devices/sealed_payer.h"

#include <utility>

#include "grpcpp/security/credentials.h"
#include "libs/base/status.h"
#include "libs/rpc/channel.h"

namespace signet::bench {

SealedPayer::SealedPayer(grpc::CompletionQueue& queue, SealedParts parts)
    : Payer(queue, parts.resends), parts_(parts) {}

SealedPayer::~SealedPayer() {
  if (device_ != nullptr) parts_.devices.Return(std::move(device_));
}

void SealedPayer::Prepare() {
  if (payments_left_ > 0 || instruction_refused()) return observer().Ready(*this);
  const bool first = device_ == nullptr;
  if (!first) parts_.devices.Return(std::move(device_));
  device_ = parts_.devices.Take();
  payments_left_ = parts_.payments_per_device;
  // Otherwise the payers' devices would all be replaced at the same moment, again and again.
  if (first) payments_left_ = 1 + static_cast<int>(device_->id()) % parts_.payments_per_device;
  Connect();
}

absl::Status SealedPayer::SendInstruction() {
  --payments_left_;
  SIGNET_ASSIGN_OR_RETURN(auto message, device_->Instruct(parts_.orders.Next(device_->account())));
  Send(std::move(message));
  return absl::OkStatus();
}

absl::Status SealedPayer::SendConfirmation() {
  SIGNET_ASSIGN_OR_RETURN(auto message, device_->Confirm(Answer()));
  Send(std::move(message));
  return absl::OkStatus();
}

absl::Status SealedPayer::CheckReceipt() { return device_->Complete(Answer()); }

void GatewayPayer::Connect() {
  stub_.reset();
  channel_.reset();
  const grpc::SslCredentialsOptions options{gateway_.server_ca_pem,
                                            std::string(device().tls_key_pem().reveal()),
                                            device().tls_certificate_pem()};
  channel_ = rpc::Connect(gateway_.address, "signet-gateway", grpc::SslCredentials(options));
  stub_ = gateway::v1::PaymentGateway::NewStub(channel_);
  connecting_since_ = std::chrono::steady_clock::now();
  ProceedToReady();
}

void GatewayPayer::ProceedToReady() {
  const grpc_connectivity_state state = channel_->GetState(/*try_to_connect=*/true);
  if (state == GRPC_CHANNEL_READY) {
    observer().Connected(std::chrono::steady_clock::now() - connecting_since_);
    return observer().Ready(*this);
  }
  channel_->NotifyOnStateChange(state, std::chrono::system_clock::now() + kCallTimeout, &queue(),
                                static_cast<QueueEvent*>(this));
}

void GatewayPayer::Send(sealing::v1::SealedMessage message) {
  *call_.request.mutable_message() = std::move(message);
  SendAgain();
}

void GatewayPayer::SendAgain() {
  call_.Start([this](auto* context, const auto& request,
                     auto* cq) { return stub_->PrepareAsyncExchange(context, request, cq); },
              queue(), *this);
}

void CryptoPayer::Send(sealing::v1::SealedMessage message) {
  *call_.request.mutable_message() = std::move(message);
  call_.request.set_device_id(device().id());
  SendAgain();
}

void CryptoPayer::SendAgain() { call_.Start(crypto_, queue(), *this); }

}  // namespace signet::bench
