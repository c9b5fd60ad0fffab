// What malware that runs as the terminal's user can reach: the agent's socket and the terminal's
// TLS key.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "signet/device/v1/device_agent.grpc.pb.h"
#include "signet/gateway/v1/gateway.grpc.pb.h"

namespace signet::attack {

class DeviceAccess {
 public:
  // device: the folder of a device as tools/dev/stack.sh lays it out.
  static absl::StatusOr<DeviceAccess> Open(const std::string& device, const std::string& gateway,
                                           const std::string& server_ca);

  // Sends bytes to the gateway on this device's own channel.
  absl::StatusOr<sealing::v1::SealedMessage> Send(const sealing::v1::SealedMessage& message);

  absl::StatusOr<device::v1::BeginQueryResponse> BeginQuery(const payments::v1::Query& query);
  absl::StatusOr<device::v1::CompleteQueryResponse> CompleteQuery(
      const std::string& exchange, const sealing::v1::SealedMessage& answer);
  // A whole query. Ask wants a result of it.
  absl::StatusOr<device::v1::CompleteQueryResponse> AskForAnything(
      const payments::v1::Query& query);
  absl::StatusOr<payments::v1::QueryResult> Ask(const payments::v1::Query& query);
  absl::StatusOr<device::v1::BeginPaymentResponse> BeginPayment(const payments::v1::Money& amount,
                                                                const std::string& payee);
  absl::StatusOr<device::v1::ConfirmPaymentResponse> ConfirmPayment(
      const std::string& payment, const sealing::v1::SealedMessage& answer);
  absl::StatusOr<device::v1::CompletePaymentResponse> CompletePayment(
      const std::string& payment, const sealing::v1::SealedMessage& answer);
  absl::Status AbandonPayment(const std::string& payment);

 private:
  std::unique_ptr<device::v1::DeviceAgent::Stub> agent_;
  std::unique_ptr<gateway::v1::PaymentGateway::Stub> gateway_;
};

}  // namespace signet::attack
