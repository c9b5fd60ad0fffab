#include "libs/rpc/call_observer.h"

#include <chrono>
#include <map>
#include <utility>

#include "libs/rpc/trace.h"

namespace signet::rpc {
namespace {

using grpc::experimental::InterceptionHookPoints;

// One call's life: from its creation to its status, which is sent by a server and received by a
// client.
class CallInterceptor final : public grpc::experimental::Interceptor {
 public:
  CallInterceptor(CallObserver& observer, bool is_server, std::string method)
      : observer_(observer),
        is_server_(is_server),
        method_(std::move(method)),
        started_(std::chrono::steady_clock::now()) {
    observer_.OnStarted(method_);
  }

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      if (is_server_) LearnTraceparent(*methods->GetRecvInitialMetadata());
    }
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      Handled(methods->GetSendStatus());
    }
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_STATUS)) {
      Handled(*methods->GetRecvStatus());
    }
    methods->Proceed();
  }

 private:
  void LearnTraceparent(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
    const auto found = metadata.find(kTraceparentKey);
    if (found != metadata.end()) traceparent_.assign(found->second.data(), found->second.size());
  }
  void Handled(const grpc::Status& status) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started_;
    observer_.OnHandled(method_, status.error_code(), elapsed.count(), traceparent_);
  }

  CallObserver& observer_;
  const bool is_server_;
  const std::string method_;
  std::string traceparent_;
  const std::chrono::steady_clock::time_point started_;
};

class ServerFactory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit ServerFactory(CallObserver& observer) : observer_(observer) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    if (info->type() == grpc::experimental::ServerRpcInfo::Type::BIDI_STREAMING) return nullptr;
    return new CallInterceptor(observer_, /*is_server=*/true, info->method());  // gRPC owns it
  }

 private:
  CallObserver& observer_;
};

class ClientFactory final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit ClientFactory(CallObserver& observer) : observer_(observer) {}
  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo* info) override {
    if (info->type() == grpc::experimental::ClientRpcInfo::Type::BIDI_STREAMING) return nullptr;
    return new CallInterceptor(observer_, /*is_server=*/false, info->method());  // gRPC owns it
  }

 private:
  CallObserver& observer_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> ServerCallInterceptor(
    CallObserver& observer) {
  return std::make_unique<ServerFactory>(observer);
}

std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface> ClientCallInterceptor(
    CallObserver& observer) {
  return std::make_unique<ClientFactory>(observer);
}

}  // namespace signet::rpc
