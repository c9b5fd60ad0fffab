#include "services/payment_platform/payment_processor_service.h"

#include <utility>

#include "libs/program/log.h"
#include "libs/rpc/status_mapping.h"
#include "libs/rpc/trace.h"

namespace signet::payment_platform {

namespace {

Message MessageFrom(platform::v1::ProcessRequest& request) {
  Message message;
  message.id = {request.device_id(), request.counter()};
  message.type = request.type();
  message.header = std::move(*request.mutable_header());
  message.body = std::move(*request.mutable_body());
  message.signature = std::move(*request.mutable_signature());
  return message;
}

// A refused counter can mean a cloned or restored module: the operator sees which device.
void LogRejection(PaymentId id, const Outcome& outcome) {
  if (outcome.rejection != Rejection::kNone) {
    serving::LogWarning("message_rejected", {{"reason", RejectionLabel(outcome.rejection)},
                                             {"message", FormatPaymentId(id)}});
  } else if (!outcome.status.ok()) {
    serving::LogError("message_failed",
                      {{"error", outcome.status.ToString()}, {"message", FormatPaymentId(id)}});
  }
}

}  // namespace

PaymentProcessorService::PaymentProcessorService(Batcher& batcher, rpc::CallObserver* calls)
    : batcher_(batcher),
      streams_(
          "/signet.platform.v1.PaymentProcessor/Process",
          [this](std::unique_ptr<Streams::Call> call) { Handle(std::move(call)); }, calls) {}

void PaymentProcessorService::Handle(std::unique_ptr<Streams::Call> call) {
  Message message = MessageFrom(call->request());
  const PaymentId id = message.id;
  // std::function copies what it holds, so it holds the call by its address.
  Streams::Call* const waiting = call.release();
  const absl::Status submitted =
      batcher_.Submit(std::move(message), [waiting, id](Outcome outcome) {
        const serving::TraceScope trace(rpc::TraceIdOf(waiting->request().traceparent()));
        LogRejection(id, outcome);
        platform::v1::ProcessResponse response;
        response.set_answer_type(outcome.answer.type);
        response.set_answer_body(std::move(outcome.answer.body));
        Streams::Call::Finish(std::unique_ptr<Streams::Call>(waiting), rpc::ToGrpc(outcome.status),
                              std::move(response));
      });
  if (!submitted.ok()) {
    Streams::Call::Finish(std::unique_ptr<Streams::Call>(waiting), rpc::ToGrpc(submitted));
  }
}

}  // namespace signet::payment_platform
