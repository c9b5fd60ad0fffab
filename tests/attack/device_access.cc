#include "tests/attack/device_access.h"

#include <chrono>
#include <thread>

#include "libs/base/status.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status_mapping.h"
#include "libs/rpc/tls.h"

namespace signet::attack {
namespace {

constexpr std::chrono::seconds kTimeout{30};
constexpr int kTries = 20;
constexpr std::chrono::milliseconds kPause{250};

// One call of a stub's method, with a deadline.
template <typename Response, typename Stub, typename Request>
absl::StatusOr<Response> Call(Stub& stub,
                              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                           Response*),
                              const Request& request) {
  grpc::ClientContext context;
  rpc::SetDeadline(context, kTimeout);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return rpc::FromGrpc(status);
  return response;
}

}  // namespace

absl::StatusOr<DeviceAccess> DeviceAccess::Open(const std::string& device,
                                                const std::string& gateway,
                                                const std::string& server_ca) {
  const std::string terminal = device + "/terminal/";
  SIGNET_ASSIGN_OR_RETURN(auto credentials,
                          rpc::MutualTlsClient({.certificate = terminal + "terminal.pem",
                                                .private_key = terminal + "terminal.key",
                                                .trust_roots = server_ca}));
  DeviceAccess access;
  access.agent_ =
      device::v1::DeviceAgent::NewStub(rpc::ConnectUnixSocket(device + "/socket/agent.sock"));
  access.gateway_ =
      gateway::v1::PaymentGateway::NewStub(rpc::Connect(gateway, "signet-gateway", credentials));
  return access;
}

absl::StatusOr<sealing::v1::SealedMessage> DeviceAccess::Send(
    const sealing::v1::SealedMessage& message) {
  gateway::v1::ExchangeRequest request;
  *request.mutable_message() = message;
  for (int left = kTries;; --left) {
    auto response = Call<gateway::v1::ExchangeResponse>(
        *gateway_, &gateway::v1::PaymentGateway::Stub::Exchange, request);
    if (response.ok()) return response->answer();
    // A device's limit of calls is no refusal of the message: the attacker, too, has to wait.
    if (!absl::IsResourceExhausted(response.status()) || left == 0) return response.status();
    std::this_thread::sleep_for(kPause);
  }
}

absl::StatusOr<device::v1::BeginQueryResponse> DeviceAccess::BeginQuery(
    const payments::v1::Query& query) {
  device::v1::BeginQueryRequest request;
  *request.mutable_query() = query;
  return Call<device::v1::BeginQueryResponse>(*agent_, &device::v1::DeviceAgent::Stub::BeginQuery,
                                              request);
}

absl::StatusOr<device::v1::CompleteQueryResponse> DeviceAccess::CompleteQuery(
    const std::string& exchange, const sealing::v1::SealedMessage& answer) {
  device::v1::CompleteQueryRequest request;
  request.set_exchange_id(exchange);
  *request.mutable_answer() = answer;
  return Call<device::v1::CompleteQueryResponse>(
      *agent_, &device::v1::DeviceAgent::Stub::CompleteQuery, request);
}

absl::StatusOr<device::v1::CompleteQueryResponse> DeviceAccess::AskForAnything(
    const payments::v1::Query& query) {
  SIGNET_ASSIGN_OR_RETURN(auto begun, BeginQuery(query));
  SIGNET_ASSIGN_OR_RETURN(auto answer, Send(begun.message()));
  return CompleteQuery(begun.exchange_id(), answer);
}

absl::StatusOr<payments::v1::QueryResult> DeviceAccess::Ask(const payments::v1::Query& query) {
  SIGNET_ASSIGN_OR_RETURN(auto completed, AskForAnything(query));
  if (!completed.has_result())
    return absl::FailedPreconditionError("the platform declined the query");
  return completed.result();
}

absl::StatusOr<device::v1::BeginPaymentResponse> DeviceAccess::BeginPayment(
    const payments::v1::Money& amount, const std::string& payee) {
  device::v1::BeginPaymentRequest request;
  *request.mutable_amount() = amount;
  request.set_payee(payee);
  return Call<device::v1::BeginPaymentResponse>(
      *agent_, &device::v1::DeviceAgent::Stub::BeginPayment, request);
}

absl::StatusOr<device::v1::ConfirmPaymentResponse> DeviceAccess::ConfirmPayment(
    const std::string& payment, const sealing::v1::SealedMessage& answer) {
  device::v1::ConfirmPaymentRequest request;
  request.set_payment_id(payment);
  *request.mutable_answer() = answer;
  return Call<device::v1::ConfirmPaymentResponse>(
      *agent_, &device::v1::DeviceAgent::Stub::ConfirmPayment, request);
}

absl::StatusOr<device::v1::CompletePaymentResponse> DeviceAccess::CompletePayment(
    const std::string& payment, const sealing::v1::SealedMessage& answer) {
  device::v1::CompletePaymentRequest request;
  request.set_payment_id(payment);
  *request.mutable_answer() = answer;
  return Call<device::v1::CompletePaymentResponse>(
      *agent_, &device::v1::DeviceAgent::Stub::CompletePayment, request);
}

absl::Status DeviceAccess::AbandonPayment(const std::string& payment) {
  device::v1::AbandonPaymentRequest request;
  request.set_payment_id(payment);
  return Call<device::v1::AbandonPaymentResponse>(
             *agent_, &device::v1::DeviceAgent::Stub::AbandonPayment, request)
      .status();
}

}  // namespace signet::attack
