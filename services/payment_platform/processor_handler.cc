#include "services/payment_platform/processor_handler.h"

#include <utility>

#include "libs/rpc/status_mapping.h"
#include "libs/serving/log.h"

namespace signet::payment_platform {

namespace {

Message MessageFrom(const platform::v1::ProcessRequest& request) {
  Message message;
  message.id = {request.device_id(), request.counter()};
  message.type = request.type();
  message.header = request.header();
  message.body = request.body();
  message.signature = request.signature();
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

grpc::ServerUnaryReactor* ProcessorHandler::Process(grpc::CallbackServerContext* context,
                                                    const platform::v1::ProcessRequest* request,
                                                    platform::v1::ProcessResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  Message message = MessageFrom(*request);
  const PaymentId id = message.id;
  const absl::Status submitted =
      batcher_.Submit(std::move(message), [reactor, response, id](Outcome outcome) {
        LogRejection(id, outcome);
        response->set_answer_type(outcome.answer.type);
        response->set_answer_body(std::move(outcome.answer.body));
        reactor->Finish(rpc::ToGrpc(outcome.status));
      });
  if (!submitted.ok()) reactor->Finish(rpc::ToGrpc(submitted));
  return reactor;
}

}  // namespace signet::payment_platform
