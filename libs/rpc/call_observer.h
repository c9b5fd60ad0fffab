// What happens to the calls of a server or of a channel, seen in one place: the base of the
// grpc_server_* and grpc_client_* metrics. A stream is not a call: what goes over it is counted
// call by call (call_stream.h).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "grpcpp/support/client_interceptor.h"
#include "grpcpp/support/server_interceptor.h"
#include "grpcpp/support/status_code_enum.h"

namespace signet::rpc {

// Calls that a server's policy denied never get here. Thread-safe; must not block.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  // method: "/package.Service/Method".
  virtual void OnStarted(const std::string& method) = 0;
  // traceparent: the caller's (trace.h), of servers alone; empty where it sent none.
  virtual void OnHandled(const std::string& method, grpc::StatusCode code, double seconds,
                         std::string_view traceparent) = 0;
};

// The observer must outlive the server, or the channel and its calls.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> ServerCallInterceptor(
    CallObserver& observer);
std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface> ClientCallInterceptor(
    CallObserver& observer);

}  // namespace signet::rpc
