// Client channels as every one of ours is made: expected server name, keepalive, message limit,
// backoff.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/security/credentials.h"
#include "libs/rpc/call_observer.h"

namespace signet::rpc {

// server_name: the DNS name that the server's certificate must carry, whatever the address is:
// "signet-gateway", "signet-crypto", "signet-platform". calls: optional (ClientMetrics); must
// outlive the channel and its calls.
std::shared_ptr<grpc::Channel> Connect(const std::string& address, const std::string& server_name,
                                       const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                       CallObserver* calls = nullptr);
// The agent's socket: no network, no TLS; the socket's 0700 folder keeps others out.
std::shared_ptr<grpc::Channel> ConnectUnixSocket(const std::string& socket_path);

// No call without a deadline. The shorter of the timeout and what is left of the caller's own
// deadline.
void SetDeadline(grpc::ClientContext& context, std::chrono::milliseconds timeout);

}  // namespace signet::rpc
