#include "services/gateway/payment_gateway_service.h"

#include <algorithm>
#include <utility>

#include "libs/base/ids.h"
#include "libs/rpc/peer_identity.h"
#include "services/gateway/message_check.h"
#include "services/gateway/upstream_call.h"

namespace signet::gateway {

namespace {

// The shorter of the timeout and what the caller's deadline leaves.
std::chrono::milliseconds TimeLeft(const grpc::CallbackServerContext& context,
                                   std::chrono::milliseconds timeout) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      context.deadline() - std::chrono::system_clock::now());
  return std::min(timeout, left);
}

}  // namespace

grpc::Status PaymentService::Admit(const v1::ExchangeRequest& request, uint32_t device_id) {
  const auto [verdict, ends_payment] = CheckMessage(request.message(), device_id);
  if (verdict != Verdict::kPass) {
    metrics_.Refused(verdict);
    serving::LogWarning("message_refused",
                        {{"reason", std::string(kVerdictNames.at(static_cast<size_t>(verdict)))},
                         {"device_id", FormatDeviceId(device_id)}});
    return MessageRefused();
  }
  if (!device_limiter_.TryTake(FormatDeviceId(device_id))) {
    metrics_.Limited(Limit::kDevice);
    return Busy();
  }
  // A payment that has begun is ended first: its payer's money is reserved.
  if (!admission_.TryEnter(ends_payment ? 0 : places_for_begun_)) {
    metrics_.Limited(Limit::kUnderWay);
    return Busy();
  }
  return grpc::Status::OK;
}

grpc::ServerUnaryReactor* PaymentService::Exchange(grpc::CallbackServerContext* context,
                                                   const v1::ExchangeRequest* request,
                                                   v1::ExchangeResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  std::string traceparent = rpc::NextTraceparent(rpc::TraceparentOf(*context));
  const serving::TraceScope trace(rpc::TraceIdOf(traceparent));
  // The policy lets devices alone come here.
  const auto peer = rpc::PeerIdentityOf(*context->auth_context());
  if (!peer.ok() || peer->role != rpc::Role::kDevice) {
    FinishWithRequestId(*context, *reactor, traceparent, MessageRefused());
    return reactor;
  }
  const grpc::Status admitted = Admit(*request, peer->device_id);
  if (!admitted.ok()) {
    FinishWithRequestId(*context, *reactor, traceparent, admitted);
    return reactor;
  }

  crypto::v1::ExchangeRequest call;
  *call.mutable_message() = request->message();
  call.set_device_id(peer->device_id);
  call.set_traceparent(traceparent);
  crypto_.Call(std::move(call), TimeLeft(*context, upstream_timeout_),
               [this, context, reactor, response, traceparent](
                   const grpc::Status& status, crypto::v1::ExchangeResponse& answer) {
                 if (status.ok()) response->mutable_answer()->Swap(answer.mutable_answer());
                 FinishCall(*context, *reactor, traceparent, admission_, "SealedExchange/Exchange",
                            status);
               });
  return reactor;
}

}  // namespace signet::gateway
