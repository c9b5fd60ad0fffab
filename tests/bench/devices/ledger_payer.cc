#include "tests/bench/devices/ledger_payer.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/dukpt/key_serial_number.h"
#include "libs/sealing/envelope.h"
#include "signet/payments/v1/payment.pb.h"

namespace signet::bench {
namespace {

constexpr uint32_t kBdkId = 0x51900001;

uint32_t NextUsable(uint32_t counter) {
  do {
    ++counter;
  } while (!dukpt::IsUsableCounter(counter));
  return counter;
}

absl::Status Expect(sealing::v1::MessageType wanted, const platform::v1::ProcessResponse& answer) {
  if (answer.answer_type() == wanted) return absl::OkStatus();
  payments::v1::Decline decline;
  decline.ParseFromString(answer.answer_body());
  return absl::FailedPreconditionError(
      absl::StrCat("declined: ", payments::v1::DeclineReason_Name(decline.reason())));
}

}  // namespace

absl::Status LedgerPayer::Send(sealing::v1::MessageType type,
                               const google::protobuf::Message& body) {
  call_.request.set_device_id(device_.id);
  call_.request.set_counter(device_.counter);
  call_.request.set_type(type);
  call_.request.set_header(sealing::SerializeHeader({type, {kBdkId, device_.id, device_.counter}}));
  call_.request.set_body(body.SerializeAsString());
  digest_ = MessageDigest(call_.request.header(), call_.request.body());
  SIGNET_ASSIGN_OR_RETURN(*call_.request.mutable_signature(), parts_.signer.SignDigest(digest_));
  SendAgain();
  return absl::OkStatus();
}

void LedgerPayer::SendAgain() { call_.Start(parts_.platform, queue(), *this); }

absl::Status LedgerPayer::SendInstruction() {
  if (device_.id != 0) parts_.devices.push_back(device_);
  device_ = parts_.devices.front();
  parts_.devices.pop_front();
  device_.counter = NextUsable(device_.counter);
  const PaymentOrder order = parts_.orders.Next(device_.account);
  payments::v1::PaymentInstruction body;
  body.mutable_amount()->set_currency_code("EUR");
  body.mutable_amount()->set_amount_minor(order.amount_minor);
  body.set_payee(order.payee);
  body.set_payee_name(order.payee_name);
  return Send(sealing::v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION, body);
}

absl::Status LedgerPayer::SendConfirmation() {
  absl::Status authorized = Expect(sealing::v1::MESSAGE_TYPE_PAYMENT_AUTHORIZATION, call_.response);
  if (!authorized.ok()) return authorized;
  payments::v1::PaymentConfirmation body;
  body.set_instruction_hash(digest_);
  body.set_authorization_hash(AuthorizationDigest(call_.response.answer_body()));
  return Send(sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION, body);
}

absl::Status LedgerPayer::CheckReceipt() {
  return Expect(sealing::v1::MESSAGE_TYPE_RECEIPT, call_.response);
}

}  // namespace signet::bench
