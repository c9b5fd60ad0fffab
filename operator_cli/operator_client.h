// The platform's Operator service over mutual TLS. No call without a deadline.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "grpcpp/channel.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status_mapping.h"
#include "operator_cli/options.h"
#include "operator_cli/rpc_error.h"
#include "signet/platform/v1/operator.grpc.pb.h"

namespace signet::operator_cli {

class OperatorClient {
 public:
  template <typename Request, typename Response>
  using Method = void (platform::v1::Operator::StubInterface::async_interface::*)(
      grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>);

  // Loads the certificates; connects with the first call.
  static absl::StatusOr<std::unique_ptr<OperatorClient>> Create(const Options& options);

  // For a call that only reads. timeout: zero takes the option's.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Read(Method<Request, Response> method, const Request& request,
                                std::chrono::seconds timeout = {}) {
    return Call(method, request, timeout, {options_.platform, false, false, ""});
  }
  // For a call that changes something. how_to_look_up: the command that shows what became of it.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Change(Method<Request, Response> method, const Request& request,
                                  const std::string& how_to_look_up) {
    return Call(method, request, {}, {options_.platform, false, true, how_to_look_up});
  }

 private:
  OperatorClient(const Options& options, std::shared_ptr<grpc::Channel> channel);

  // Waits until the channel is connected, so that afterwards an error is known to be of a call that
  // may have been sent.
  absl::Status WaitUntilConnected(std::chrono::milliseconds timeout);
  // Why there is no connection: gRPC tells that to a call alone. This is the call of `signetctl
  // status`, which every operator may make and which changes nothing.
  absl::Status TryToReach(std::chrono::system_clock::time_point deadline);

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(Method<Request, Response> method, const Request& request,
                                std::chrono::milliseconds timeout, CallFacts facts) {
    if (timeout.count() == 0) timeout = std::chrono::seconds(options_.timeout_s);
    const absl::Status connected = WaitUntilConnected(std::chrono::seconds(options_.timeout_s));
    if (!connected.ok()) return ExplainCallError(connected, facts);
    facts.connected = true;

    grpc::ClientContext context;
    rpc::SetDeadline(context, timeout);
    Response response;
    grpc::Status status;
    absl::Notification done;
    (stub_->async()->*method)(&context, &request, &response, [&](grpc::Status result) {
      status = std::move(result);
      done.Notify();
    });
    done.WaitForNotification();  // the deadline ends it
    if (!status.ok()) return ExplainCallError(rpc::FromGrpc(status), facts);
    return response;
  }

  const Options options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<platform::v1::Operator::Stub> stub_;
};

// Its async interface, whose members name the methods.
using OperatorMethods = platform::v1::Operator::StubInterface::async_interface;

}  // namespace signet::operator_cli
