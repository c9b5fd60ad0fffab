// Pays with simulated devices, one after another: through the gateway, each device on a connection
// of its own with its own certificate; or at the crypto service itself, as the gateway would.
#pragma once

#include <memory>
#include <string>

#include "grpcpp/channel.h"
#include "signet/crypto/v1/crypto.grpc.pb.h"
#include "signet/gateway/v1/gateway.grpc.pb.h"
#include "tests/bench/devices/device_pool.h"
#include "tests/bench/devices/payment_order.h"
#include "tests/bench/measure/payer.h"

namespace signet::bench {

// What all payers of a phase share. All of it outlives them.
struct SealedParts {
  DevicePool& devices;
  PaymentOrders& orders;
  int payments_per_device;  // then another device takes its place
  int resends = 0;          // of a call that found no server
};

class SealedPayer : public Payer {
 public:
  SealedPayer(grpc::CompletionQueue& queue, SealedParts parts);
  ~SealedPayer() override;

  void Prepare() override;

 protected:
  absl::Status SendInstruction() override;
  absl::Status SendConfirmation() override;
  absl::Status CheckReceipt() override;
  // A new device has come online. Ends by Ready, now or later.
  virtual void Connect() { observer().Ready(*this); }
  virtual void Send(sealing::v1::SealedMessage message) = 0;
  virtual const sealing::v1::SealedMessage& Answer() const = 0;

  SimulatedDevice& device() { return *device_; }

 private:
  SealedParts parts_;
  std::unique_ptr<SimulatedDevice> device_;
  int payments_left_ = 0;
};

class GatewayPayer final : public SealedPayer {
 public:
  struct Endpoint {
    std::string address;
    std::string server_ca_pem;
  };
  GatewayPayer(grpc::CompletionQueue& queue, SealedParts parts, const Endpoint& gateway)
      : SealedPayer(queue, parts), gateway_(gateway) {}

 private:
  void Connect() override;
  void ProceedToReady() override;
  void Send(sealing::v1::SealedMessage message) override;
  void SendAgain() override;
  const sealing::v1::SealedMessage& Answer() const override { return call_.response.answer(); }
  const grpc::Status& CallStatus() const override { return call_.status; }

  const Endpoint& gateway_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<gateway::v1::PaymentGateway::Stub> stub_;
  SteadyTime connecting_since_;
  AsyncCall<gateway::v1::ExchangeRequest, gateway::v1::ExchangeResponse> call_;
};

class CryptoPayer final : public SealedPayer {
 public:
  using Exchanges = rpc::CallStreamClient<crypto::v1::ExchangeBatch, crypto::v1::ExchangeAnswers>;
  CryptoPayer(grpc::CompletionQueue& queue, SealedParts parts, Exchanges& crypto)
      : SealedPayer(queue, parts), crypto_(crypto) {}

 private:
  void Send(sealing::v1::SealedMessage message) override;
  void SendAgain() override;
  const sealing::v1::SealedMessage& Answer() const override { return call_.response.answer(); }
  const grpc::Status& CallStatus() const override { return call_.status; }

  Exchanges& crypto_;
  StreamedCall<crypto::v1::ExchangeBatch, crypto::v1::ExchangeAnswers> call_;
};

}  // namespace signet::bench
