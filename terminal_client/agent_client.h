// The agent beside the hardware module, over its Unix socket. Errors are explained, with exit
// codes.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "signet/device/v1/device_agent.grpc.pb.h"

namespace signet::terminal {

class AgentClient {
 public:
  // A usage failure where no socket is named. Connects with the first call.
  static absl::StatusOr<std::unique_ptr<AgentClient>> Connect(const std::string& socket);
  // socket: for messages only.
  AgentClient(const std::shared_ptr<grpc::Channel>& channel, std::string socket);

  absl::StatusOr<device::v1::DescribeModuleResponse> DescribeModule();
  absl::StatusOr<device::v1::BeginEnrollmentResponse> BeginEnrollment(
      const device::v1::BeginEnrollmentRequest& request);
  absl::StatusOr<device::v1::CompleteEnrollmentResponse> CompleteEnrollment(
      const device::v1::EnrollmentResponse& enrollment);
  absl::StatusOr<device::v1::BeginQueryResponse> BeginQuery(const payments::v1::Query& query);
  absl::StatusOr<device::v1::CompleteQueryResponse> CompleteQuery(
      const std::string& exchange_id, const sealing::v1::SealedMessage& answer);
  absl::StatusOr<device::v1::BeginPaymentResponse> BeginPayment(
      const device::v1::BeginPaymentRequest& request);
  absl::StatusOr<device::v1::ConfirmPaymentResponse> ConfirmPayment(
      const std::string& payment_id, const sealing::v1::SealedMessage& answer);
  absl::StatusOr<device::v1::CompletePaymentResponse> CompletePayment(
      const std::string& payment_id, const sealing::v1::SealedMessage& answer);
  absl::StatusOr<device::v1::DescribeOpenPaymentResponse> DescribeOpenPayment();
  absl::Status AbandonPayment(const std::string& payment_id);

 private:
  using Stub = device::v1::DeviceAgent::Stub;
  template <typename Request, typename Response>
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Response*);

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(Method<Request, Response> method, const Request& request,
                                std::chrono::milliseconds timeout);
  absl::Status Explain(const absl::Status& error);

  const std::unique_ptr<Stub> stub_;
  const std::string socket_;
};

}  // namespace signet::terminal
