#include "terminal_client/gateway_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/cli/command_line.h"
#include "libs/program/program.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status_mapping.h"
#include "libs/rpc/tls.h"
#include "libs/rpc/trace.h"
#include "terminal_client/failure.h"

namespace signet::terminal {
namespace {

using serving::ExitCode;

constexpr char kServerName[] = "signet-gateway";  // in the gateway's certificate

absl::Status RequireServerCa(const Options& options) {
  return cli::RequireOption(options.server_ca, "--server-ca", "SIGNET_SERVER_CA",
                            "the certificate of who signed the gateway's");
}

absl::Status GatewayError(const grpc::ClientContext& context, const grpc::Status& status) {
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto id = metadata.find(rpc::kRequestIdKey);
  if (id == metadata.end()) return rpc::FromGrpc(status);
  return WithRequestId(rpc::FromGrpc(status), std::string(id->second.data(), id->second.size()));
}

// A file that is not there is a wrong option; one that is there and not usable, a wrong identity.
absl::Status BadCredentials(const absl::Status& error) {
  return serving::WithExitCode(
      error, absl::IsNotFound(error) ? ExitCode::kUsage : ExitCode::kAuthentication);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GatewayClient>> GatewayClient::Connect(const Options& options,
                                                                      const StateDir& state) {
  SIGNET_RETURN_IF_ERROR(cli::RequireOption(options.gateway, "--gateway", "SIGNET_GATEWAY",
                                            "the gateway's address, host:port"));
  SIGNET_RETURN_IF_ERROR(RequireServerCa(options));
  const auto files = state.TlsFilesFor(options.server_ca);
  if (!files.ok()) return serving::WithExitCode(files.status(), ExitCode::kNotFoundOrConflict);
  const auto credentials = rpc::MutualTlsClient(*files);
  if (!credentials.ok()) return BadCredentials(credentials.status());
  return std::make_unique<GatewayClient>(rpc::Connect(options.gateway, kServerName, *credentials),
                                         options.gateway, options.timeout(), options.traceparent);
}

GatewayClient::GatewayClient(const std::shared_ptr<grpc::Channel>& channel, std::string address,
                             std::chrono::milliseconds timeout, std::string traceparent)
    : stub_(gateway::v1::PaymentGateway::NewStub(channel)),
      address_(std::move(address)),
      timeout_(timeout),
      traceparent_(std::move(traceparent)) {}

absl::StatusOr<sealing::v1::SealedMessage> GatewayClient::Exchange(
    const sealing::v1::SealedMessage& message) {
  grpc::ClientContext context;
  rpc::SetDeadline(context, timeout_);
  if (!traceparent_.empty()) rpc::SetTraceparent(context, traceparent_);
  gateway::v1::ExchangeRequest request;
  *request.mutable_message() = message;
  gateway::v1::ExchangeResponse response;
  const grpc::Status status = stub_->Exchange(&context, request, &response);
  if (!status.ok()) return GatewayError(context, status);
  return std::move(*response.mutable_answer());
}

absl::StatusOr<std::unique_ptr<EnrollmentGatewayClient>> EnrollmentGatewayClient::Connect(
    const Options& options) {
  SIGNET_RETURN_IF_ERROR(cli::RequireOption(options.enrollment_gateway, "--enrollment-gateway",
                                            "SIGNET_ENROLLMENT_GATEWAY",
                                            "the gateway's address for enrollment, host:port"));
  SIGNET_RETURN_IF_ERROR(RequireServerCa(options));
  const auto credentials = rpc::AnonymousTlsClient(options.server_ca);
  if (!credentials.ok()) return BadCredentials(credentials.status());
  return std::make_unique<EnrollmentGatewayClient>(
      rpc::Connect(options.enrollment_gateway, kServerName, *credentials),
      options.enrollment_gateway, options.timeout(), options.traceparent);
}

EnrollmentGatewayClient::EnrollmentGatewayClient(const std::shared_ptr<grpc::Channel>& channel,
                                                 std::string address,
                                                 std::chrono::milliseconds timeout,
                                                 std::string traceparent)
    : stub_(gateway::v1::EnrollmentGateway::NewStub(channel)),
      address_(std::move(address)),
      timeout_(timeout),
      traceparent_(std::move(traceparent)) {}

absl::StatusOr<device::v1::EnrollmentResponse> EnrollmentGatewayClient::Enroll(
    const device::v1::EnrollmentRequest& enrollment) {
  grpc::ClientContext context;
  rpc::SetDeadline(context, timeout_);
  if (!traceparent_.empty()) rpc::SetTraceparent(context, traceparent_);
  gateway::v1::EnrollRequest request;
  *request.mutable_enrollment() = enrollment;
  gateway::v1::EnrollResponse response;
  const grpc::Status status = stub_->Enroll(&context, request, &response);
  if (!status.ok()) return GatewayError(context, status);
  return std::move(*response.mutable_enrollment());
}

}  // namespace signet::terminal
