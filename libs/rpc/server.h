// Servers as every one of ours is made: limits, keepalive, maximum connection age. Health is told
// on the admin port; gRPC's own health and reflection services are not offered.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "libs/rpc/call_observer.h"

namespace signet::rpc {

struct ListenerOptions {
  std::string address;  // "127.0.0.1:0" takes any free port; "unix:/path"
  std::shared_ptr<grpc::ServerCredentials> credentials;
  int max_message_bytes = 64 * 1024;
  int max_concurrent_streams = 1024;
  // A connection without a call is closed after this time.
  std::chrono::milliseconds max_connection_idle = std::chrono::minutes(15);
  CallObserver* calls = nullptr;  // optional; must outlive the server (ServerMetrics)
};

struct RunningServer {
  std::unique_ptr<grpc::Server> server;
  std::string address;  // with the port that was taken
};

// Services must outlive the server. UNAVAILABLE "cannot listen on X (is the port taken?) …" with
// the remedy.
absl::StatusOr<RunningServer> StartServer(const ListenerOptions& options,
                                          const std::vector<grpc::Service*>& services);

// Takes no new calls, lets those under way end within the grace time, cancels the rest, and returns
// when all have ended.
void DrainServer(RunningServer& running, std::chrono::milliseconds grace);

}  // namespace signet::rpc
