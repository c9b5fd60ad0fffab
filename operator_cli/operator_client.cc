#include "operator_cli/operator_client.h"

#include "libs/base/status.h"
#include "libs/cli/command_line.h"
#include "libs/program/exit_code.h"
#include "libs/program/program.h"
#include "libs/rpc/tls.h"

namespace signet::operator_cli {

absl::StatusOr<std::unique_ptr<OperatorClient>> OperatorClient::Create(const Options& options) {
  SIGNET_RETURN_IF_ERROR(cli::RequireOption(options.platform, "--platform", "SIGNET_PLATFORM",
                                            "the platform's address, host:port"));
  SIGNET_RETURN_IF_ERROR(cli::RequireOption(options.tls_certificate, "--tls-certificate",
                                            "SIGNET_TLS_CERTIFICATE",
                                            "the operator's certificate"));
  SIGNET_RETURN_IF_ERROR(cli::RequireOption(options.tls_key, "--tls-key", "SIGNET_TLS_KEY",
                                            "the operator's private key"));
  SIGNET_RETURN_IF_ERROR(cli::RequireOption(options.tls_roots, "--tls-roots", "SIGNET_TLS_ROOTS",
                                            "the service CA's certificate"));
  const auto credentials = rpc::MutualTlsClient(
      rpc::TlsFiles{options.tls_certificate, options.tls_key, options.tls_roots});
  if (!credentials.ok()) {
    return serving::WithExitCode(credentials.status(), serving::ExitCode::kAuthentication);
  }
  return std::unique_ptr<OperatorClient>(
      new OperatorClient(options, rpc::Connect(options.platform, "signet-platform", *credentials)));
}

OperatorClient::OperatorClient(const Options& options, std::shared_ptr<grpc::Channel> channel)
    : options_(options),
      channel_(std::move(channel)),
      stub_(platform::v1::Operator::NewStub(channel_)) {}

absl::Status OperatorClient::WaitUntilConnected(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::system_clock::now() + timeout;
  grpc_connectivity_state state = channel_->GetState(true);
  while (state != GRPC_CHANNEL_READY) {
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE) {
      return TryToReach(deadline);
    }
    if (!channel_->WaitForStateChange(state, deadline)) {
      return absl::UnavailableError("no connection in " + std::to_string(timeout.count() / 1000) +
                                    " s");
    }
    state = channel_->GetState(true);
  }
  return absl::OkStatus();
}

absl::Status OperatorClient::TryToReach(std::chrono::system_clock::time_point deadline) {
  grpc::ClientContext context;
  context.set_deadline(deadline);
  platform::v1::GetStatusResponse response;
  const grpc::Status status = stub_->GetStatus(&context, {}, &response);
  const bool reached = status.error_code() != grpc::StatusCode::UNAVAILABLE &&
                       status.error_code() != grpc::StatusCode::DEADLINE_EXCEEDED;
  return reached ? absl::OkStatus() : rpc::FromGrpc(status);
}

}  // namespace signet::operator_cli
