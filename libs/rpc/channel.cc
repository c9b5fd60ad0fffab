#include "libs/rpc/channel.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "grpcpp/create_channel.h"
#include "grpcpp/support/channel_arguments.h"
#include "libs/rpc/grpc_log.h"
#include "libs/rpc/keepalive.h"

namespace signet::rpc {
namespace {

constexpr int kMaxMessageBytes = 4 * 1024 * 1024;
constexpr int kInitialBackoffMs = 200;
constexpr int kMinConnectMs = 2'000;  // what one attempt may take
// A service that is back is found before a terminal gives up
// (terminal_client/payments/retry.h: 3.75 s).
constexpr int kMaxBackoffMs = 2'000;
constexpr int kResolveAgainMs = 2'000;  // at the earliest; servers that start anew may move

grpc::ChannelArguments CommonArguments() {
  RouteGrpcErrors(nullptr);
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kInitialBackoffMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kMinConnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxBackoffMs);
  // What to send again is decided where its meaning is known.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // A name may stand for several servers (a headless service); every name server is asked for
  // addresses only, never for settings.
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, kResolveAgainMs);
  // Bookkeeping of each message that nobody reads, and pings that guess at the bandwidth.
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetMaxSendMessageSize(kMaxMessageBytes);
  return arguments;
}

}  // namespace

std::shared_ptr<grpc::Channel> Connect(const std::string& address, const std::string& server_name,
                                       const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                       CallObserver* calls) {
  grpc::ChannelArguments arguments = CommonArguments();
  arguments.SetSslTargetNameOverride(server_name);
  arguments.SetLoadBalancingPolicyName("round_robin");
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kClientKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kClientKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  if (calls == nullptr) return grpc::CreateCustomChannel(address, credentials, arguments);
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> creators;
  creators.push_back(ClientCallInterceptor(*calls));
  return grpc::experimental::CreateCustomChannelWithInterceptors(address, credentials, arguments,
                                                                 std::move(creators));
}

std::shared_ptr<grpc::Channel> ConnectUnixSocket(const std::string& socket_path) {
  return grpc::CreateCustomChannel("unix:" + socket_path, grpc::InsecureChannelCredentials(),
                                   CommonArguments());
}

void SetDeadline(grpc::ClientContext& context, std::chrono::milliseconds timeout) {
  context.set_deadline(std::min(context.deadline(), std::chrono::system_clock::now() + timeout));
}

}  // namespace signet::rpc
