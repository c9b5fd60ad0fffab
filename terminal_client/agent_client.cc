#include "terminal_client/agent_client.h"

#include <utility>

#include "libs/base/status.h"
#include "libs/cli/command_line.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status_mapping.h"
#include "terminal_client/failure.h"

namespace signet::terminal {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Work of the module alone; making an RSA key or 32 registers takes the slowest ones seconds.
constexpr seconds kModuleTimeout{60};
// Time for a person to read the prompt and type the PIN, more than once if need be.
constexpr minutes kPersonTimeout{5};

}  // namespace

absl::StatusOr<std::unique_ptr<AgentClient>> AgentClient::Connect(const std::string& socket) {
  SIGNET_RETURN_IF_ERROR(cli::RequireOption(socket, "--agent-socket", "SIGNET_AGENT_SOCKET",
                                            "where signet-agent listens"));
  return std::make_unique<AgentClient>(rpc::ConnectUnixSocket(socket), socket);
}

AgentClient::AgentClient(const std::shared_ptr<grpc::Channel>& channel, std::string socket)
    : stub_(device::v1::DeviceAgent::NewStub(channel)), socket_(std::move(socket)) {}

template <typename Request, typename Response>
absl::StatusOr<Response> AgentClient::Call(Method<Request, Response> method, const Request& request,
                                           std::chrono::milliseconds timeout) {
  grpc::ClientContext context;
  rpc::SetDeadline(context, timeout);
  Response response;
  const grpc::Status status = (*stub_.*method)(&context, request, &response);
  if (!status.ok()) return Explain(rpc::FromGrpc(status));
  return response;
}

absl::Status AgentClient::Explain(const absl::Status& error) {
  bool pin_blocked = false;
  if (absl::IsFailedPrecondition(error)) {
    grpc::ClientContext context;
    rpc::SetDeadline(context, kModuleTimeout);
    device::v1::DescribeModuleResponse module;
    pin_blocked = stub_->DescribeModule(&context, {}, &module).ok() && module.pin_tries_left() == 0;
  }
  return ExplainAgentError(error, socket_, pin_blocked);
}

absl::StatusOr<device::v1::DescribeModuleResponse> AgentClient::DescribeModule() {
  return Call(&Stub::DescribeModule, device::v1::DescribeModuleRequest(), kModuleTimeout);
}

absl::StatusOr<device::v1::BeginEnrollmentResponse> AgentClient::BeginEnrollment(
    const device::v1::BeginEnrollmentRequest& request) {
  return Call(&Stub::BeginEnrollment, request, kPersonTimeout);
}

absl::StatusOr<device::v1::CompleteEnrollmentResponse> AgentClient::CompleteEnrollment(
    const device::v1::EnrollmentResponse& enrollment) {
  device::v1::CompleteEnrollmentRequest request;
  *request.mutable_enrollment() = enrollment;
  return Call(&Stub::CompleteEnrollment, request, kPersonTimeout);
}

absl::StatusOr<device::v1::BeginQueryResponse> AgentClient::BeginQuery(
    const payments::v1::Query& query) {
  device::v1::BeginQueryRequest request;
  *request.mutable_query() = query;
  return Call(&Stub::BeginQuery, request, kPersonTimeout);
}

absl::StatusOr<device::v1::CompleteQueryResponse> AgentClient::CompleteQuery(
    const std::string& exchange_id, const sealing::v1::SealedMessage& answer) {
  device::v1::CompleteQueryRequest request;
  request.set_exchange_id(exchange_id);
  *request.mutable_answer() = answer;
  return Call(&Stub::CompleteQuery, request, kModuleTimeout);
}

absl::StatusOr<device::v1::BeginPaymentResponse> AgentClient::BeginPayment(
    const device::v1::BeginPaymentRequest& request) {
  return Call(&Stub::BeginPayment, request, kPersonTimeout);
}

absl::StatusOr<device::v1::ConfirmPaymentResponse> AgentClient::ConfirmPayment(
    const std::string& payment_id, const sealing::v1::SealedMessage& answer) {
  device::v1::ConfirmPaymentRequest request;
  request.set_payment_id(payment_id);
  *request.mutable_answer() = answer;
  return Call(&Stub::ConfirmPayment, request, kPersonTimeout);
}

absl::StatusOr<device::v1::CompletePaymentResponse> AgentClient::CompletePayment(
    const std::string& payment_id, const sealing::v1::SealedMessage& answer) {
  device::v1::CompletePaymentRequest request;
  request.set_payment_id(payment_id);
  *request.mutable_answer() = answer;
  return Call(&Stub::CompletePayment, request, kPersonTimeout);
}

absl::StatusOr<device::v1::DescribeOpenPaymentResponse> AgentClient::DescribeOpenPayment() {
  return Call(&Stub::DescribeOpenPayment, device::v1::DescribeOpenPaymentRequest(), kModuleTimeout);
}

absl::Status AgentClient::AbandonPayment(const std::string& payment_id) {
  device::v1::AbandonPaymentRequest request;
  request.set_payment_id(payment_id);
  return Call(&Stub::AbandonPayment, request, kModuleTimeout).status();
}

}  // namespace signet::terminal
