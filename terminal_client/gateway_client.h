// The gateway, as a device sees it. One call is one attempt; what a failure means is decided by who
// knows what was sent.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "signet/gateway/v1/gateway.grpc.pb.h"
#include "terminal_client/options.h"
#include "terminal_client/state_dir.h"

namespace signet::terminal {

// With this terminal's own TLS certificate.
class GatewayClient {
 public:
  // Failures with exit codes: a missing option, not enrolled, a certificate that is not usable.
  static absl::StatusOr<std::unique_ptr<GatewayClient>> Connect(const Options& options,
                                                                const StateDir& state);
  // address: for messages only.
  GatewayClient(const std::shared_ptr<grpc::Channel>& channel, std::string address,
                std::chrono::milliseconds timeout, std::string traceparent = "");

  absl::StatusOr<sealing::v1::SealedMessage> Exchange(const sealing::v1::SealedMessage& message);
  const std::string& address() const { return address_; }

 private:
  const std::unique_ptr<gateway::v1::PaymentGateway::Stub> stub_;
  const std::string address_;
  const std::chrono::milliseconds timeout_;
  const std::string traceparent_;  // of the caller's trace; empty where it has none
};

// Without a certificate, for the one call before there is one.
class EnrollmentGatewayClient {
 public:
  static absl::StatusOr<std::unique_ptr<EnrollmentGatewayClient>> Connect(const Options& options);
  EnrollmentGatewayClient(const std::shared_ptr<grpc::Channel>& channel, std::string address,
                          std::chrono::milliseconds timeout, std::string traceparent = "");

  absl::StatusOr<device::v1::EnrollmentResponse> Enroll(
      const device::v1::EnrollmentRequest& enrollment);
  const std::string& address() const { return address_; }

 private:
  const std::unique_ptr<gateway::v1::EnrollmentGateway::Stub> stub_;
  const std::string address_;
  const std::chrono::milliseconds timeout_;
  const std::string traceparent_;  // of the caller's trace; empty where it has none
};

}  // namespace signet::terminal
