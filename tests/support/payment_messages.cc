#include "tests/support/payment_messages.h"

#include "libs/digests/digests.h"
#include "signet/payments/v1/payment.pb.h"
#include "signet/payments/v1/query.pb.h"

namespace signet::testing {

namespace {

using payment_platform::Message;
using payment_platform::Outcome;
using sealing::v1::MessageType;

Message Make(PaymentId id, MessageType type, const google::protobuf::Message& body) {
  Message message;
  message.id = id;
  message.type = type;
  message.header = FormatPaymentId(id) + "/" + std::to_string(type);
  message.body = body.SerializeAsString();
  if (type != sealing::v1::MESSAGE_TYPE_QUERY) message.signature = std::string(64, 's');
  return message;
}

template <typename Body>
Body Parse(const Outcome& outcome, MessageType type) {
  Body body;
  if (!outcome.status.ok() || outcome.answer.type != type ||
      !body.ParseFromString(outcome.answer.body)) {
    return Body();
  }
  return body;
}

}  // namespace

Message Instruction(PaymentId id, const InstructionFields& fields) {
  payments::v1::PaymentInstruction body;
  body.mutable_amount()->set_currency_code(fields.currency_code);
  body.mutable_amount()->set_amount_minor(fields.amount_minor);
  body.set_payee(fields.payee);
  body.set_payee_name(fields.payee_name);
  body.set_reference(fields.reference);
  return Make(id, sealing::v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION, body);
}

Message Confirmation(const Message& instruction, const std::string& authorization_body) {
  payments::v1::PaymentConfirmation body;
  body.set_instruction_hash(MessageDigest(instruction.header, instruction.body));
  body.set_authorization_hash(AuthorizationDigest(authorization_body));
  return Make(instruction.id, sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION, body);
}

Message AccountQuery(PaymentId id) {
  payments::v1::Query body;
  body.mutable_account();
  return Make(id, sealing::v1::MESSAGE_TYPE_QUERY, body);
}

Message PaymentQuery(PaymentId id, const std::string& payment_id) {
  payments::v1::Query body;
  body.mutable_payment()->set_payment_id(payment_id);
  return Make(id, sealing::v1::MESSAGE_TYPE_QUERY, body);
}

Message ReceiptQuery(PaymentId id, const std::string& payment_id) {
  payments::v1::Query body;
  body.mutable_receipt()->set_payment_id(payment_id);
  return Make(id, sealing::v1::MESSAGE_TYPE_QUERY, body);
}

Message PayeeQuery(PaymentId id, const std::string& payee) {
  payments::v1::Query body;
  body.mutable_payee()->set_payee(payee);
  return Make(id, sealing::v1::MESSAGE_TYPE_QUERY, body);
}

payments::v1::DeclineReason DeclineReasonOf(const Outcome& outcome) {
  return Parse<payments::v1::Decline>(outcome, sealing::v1::MESSAGE_TYPE_DECLINE).reason();
}

payments::v1::PaymentAuthorization AuthorizationOf(const Outcome& outcome) {
  return Parse<payments::v1::PaymentAuthorization>(outcome,
                                                   sealing::v1::MESSAGE_TYPE_PAYMENT_AUTHORIZATION);
}

payments::v1::Receipt ReceiptOf(const Outcome& outcome) {
  return Parse<payments::v1::Receipt>(outcome, sealing::v1::MESSAGE_TYPE_RECEIPT);
}

payments::v1::QueryResult QueryResultOf(const Outcome& outcome) {
  return Parse<payments::v1::QueryResult>(outcome, sealing::v1::MESSAGE_TYPE_QUERY_RESULT);
}

}  // namespace signet::testing
