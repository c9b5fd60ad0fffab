#include "libs/rpc/server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string_view>
#include <utility>

#include "grpcpp/server_builder.h"
#include "libs/rpc/call_stream/call_stream.h"
#include "libs/rpc/grpc_log.h"
#include "libs/rpc/keepalive.h"

namespace signet::rpc {
namespace {

constexpr int kMaxMetadataBytes = 8 * 1024;
constexpr int kHandshakeTimeoutMs = 5'000;
// Old certificates live as long as their connections.
constexpr int kMaxConnectionAgeMs = 30 * 60 * 1000;
// As long as a call stream that was opened at the last moment may take to end.
constexpr int kMaxConnectionAgeGraceMs = 150 * 1000;
static_assert(std::chrono::milliseconds(kMaxConnectionAgeGraceMs) >
              kCallStreamAge + kCallStreamGrace);
constexpr std::string_view kUnixScheme = "unix:";

void SetLimits(grpc::ServerBuilder& builder, const ListenerOptions& options) {
  builder.SetMaxReceiveMessageSize(options.max_message_bytes);
  builder.SetMaxSendMessageSize(options.max_message_bytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_concurrent_streams);
  // Bookkeeping of each message that nobody reads, and pings that guess at the bandwidth.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kMaxConnectionAgeMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kMaxConnectionAgeGraceMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                             static_cast<int>(options.max_connection_idle.count()));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kServerKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kServerKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kServerMinPingIntervalMs);
  // Otherwise a second server on the same port would share its connections unnoticed.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

absl::Status CannotListen(const std::string& address) {
  return absl::UnavailableError("cannot listen on " + address +
                                " (is the port taken, or the address not of this machine?); stop "
                                "the other program or choose another address");
}

// gRPC takes a socket file over from whoever listens on it; so ask whether anybody does.
bool SomebodyListens(std::string_view socket_path) {
  sockaddr_un address{};
  if (socket_path.size() >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  // The sockets API takes every family's address through this one type.
  const bool connected =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

}  // namespace

absl::StatusOr<RunningServer> StartServer(const ListenerOptions& options,
                                          const std::vector<grpc::Service*>& services) {
  RouteGrpcErrors(nullptr);
  const bool is_unix = options.address.rfind(kUnixScheme, 0) == 0;
  if (is_unix && SomebodyListens(std::string_view(options.address).substr(kUnixScheme.size()))) {
    return CannotListen(options.address);
  }

  grpc::ServerBuilder builder;
  SetLimits(builder, options);
  int port = 0;
  builder.AddListeningPort(options.address, options.credentials, &port);
  for (grpc::Service* service : services) builder.RegisterService(service);
  if (options.calls != nullptr) {
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> creators;
    creators.push_back(ServerCallInterceptor(*options.calls));
    builder.experimental().SetInterceptorCreators(std::move(creators));
  }

  RunningServer running;
  running.server = builder.BuildAndStart();
  if (running.server == nullptr || port == 0) return CannotListen(options.address);
  running.address =
      is_unix ? options.address
              : options.address.substr(0, options.address.rfind(':')) + ":" + std::to_string(port);
  return running;
}

void DrainServer(RunningServer& running, std::chrono::milliseconds grace) {
  if (running.server == nullptr) return;
  running.server->Shutdown(std::chrono::system_clock::now() + grace);
  running.server->Wait();
}

}  // namespace signet::rpc
