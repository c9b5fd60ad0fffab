#include "services/gateway/enrollment_gateway_service.h"

#include "services/gateway/message_check.h"
#include "services/gateway/peer_network.h"
#include "services/gateway/upstream_call.h"

namespace signet::gateway {

grpc::Status EnrollmentService::Admit(const v1::EnrollRequest& request,
                                      const std::string& network) {
  // The network's own bucket first, so that one network cannot empty that of all; nor does what
  // cannot be an enrollment take from it.
  if (!peer_limiter_.TryTake(network)) {
    metrics_.Limited(Limit::kEnrollmentPeer);
    serving::LogWarning("enrollment_limited", {{"network", network}});
    return Busy();
  }
  if (request.ByteSizeLong() > kMaxSealedMessageBytes) {
    metrics_.Refused(Verdict::kOversized);
    return MessageRefused();
  }
  if (!total_limiter_.TryTake("")) {
    metrics_.Limited(Limit::kEnrollmentTotal);
    serving::LogWarning("enrollment_limited", {{"network", std::string("all")}});
    return Busy();
  }
  if (!admission_.TryEnter()) {
    metrics_.Limited(Limit::kEnrollmentUnderWay);
    return Busy();
  }
  return grpc::Status::OK;
}

grpc::ServerUnaryReactor* EnrollmentService::Enroll(grpc::CallbackServerContext* context,
                                                    const v1::EnrollRequest* request,
                                                    v1::EnrollResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const std::string traceparent = rpc::NextTraceparent(rpc::TraceparentOf(*context));
  const serving::TraceScope trace(rpc::TraceIdOf(traceparent));
  const grpc::Status admitted = Admit(*request, PeerNetwork(context->peer()));
  if (!admitted.ok()) {
    FinishWithRequestId(*context, *reactor, traceparent, admitted);
    return reactor;
  }

  using Call = UpstreamCall<crypto::v1::EnrollRequest, crypto::v1::EnrollResponse>;
  auto call = std::make_shared<Call>(*context, traceparent, upstream_timeout_);
  *call->request.mutable_enrollment() = request->enrollment();
  crypto_.async()->Enroll(
      call->context.get(), &call->request, &call->response,
      [this, call, context, reactor, response](const grpc::Status& status) {
        if (status.ok()) {
          response->mutable_enrollment()->Swap(call->response.mutable_enrollment());
        }
        call->context.reset();  // lets go of the channel before the gateway may end
        FinishCall(*context, *reactor, call->traceparent, admission_, "Enrollment/Enroll", status);
      });
  return reactor;
}

}  // namespace signet::gateway
