#include "tests/bench/devices/simulated_device.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/openssl/aes.h"
#include "signet/payments/v1/payment.pb.h"

namespace signet::bench {
namespace {

using sealing::v1::MessageType;

constexpr char kCurrency[] = "EUR";

absl::Status DoesNotHold(const std::string& what) {
  return absl::UnauthenticatedError("an answer's " + what + " does not hold");
}

// What an authorization and a receipt repeat of the order.
template <typename Body>
bool Repeats(const Body& body, const PaymentOrder& order) {
  return body.amount().amount_minor() == order.amount_minor &&
         body.amount().currency_code() == kCurrency && body.payee() == order.payee &&
         body.payee_name() == order.payee_name;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SimulatedDevice>> SimulatedDevice::Create(DeviceParts parts) {
  testing::SoftwareRegisters registers(parts.initial_key, dukpt::KeyType::kAes256, parts.device_id);
  SIGNET_RETURN_IF_ERROR(dukpt::LoadRegisters(registers));
  return std::unique_ptr<SimulatedDevice>(
      new SimulatedDevice(std::move(parts), std::move(registers)));
}

absl::StatusOr<sealing::v1::SealedMessage> SimulatedDevice::SignAndSeal(MessageType type,
                                                                        const std::string& body,
                                                                        std::string* hash) {
  const std::string header =
      sealing::SerializeHeader({type, {parts_.bdk_id, parts_.device_id, payment_.counter}});
  const std::string digest = MessageDigest(header, body);
  SIGNET_ASSIGN_OR_RETURN(const std::string signature, parts_.signing_key->SignDigest(digest));
  if (hash != nullptr) *hash = digest;
  return sealing::Seal(header, body, signature, *payment_.request_key);
}

absl::StatusOr<sealing::OpenedMessage> SimulatedDevice::Open(
    const sealing::v1::SealedMessage& answer, MessageType wanted) {
  SIGNET_ASSIGN_OR_RETURN(const sealing::Header header, sealing::ParseHeader(answer));
  if (header.ksn != dukpt::KeySerialNumber{parts_.bdk_id, parts_.device_id, payment_.counter}) {
    return DoesNotHold("key serial number");
  }
  SIGNET_ASSIGN_OR_RETURN(sealing::OpenedMessage opened,
                          sealing::Open(answer, header, *payment_.response_key));
  if (header.type == sealing::v1::MESSAGE_TYPE_DECLINE) {
    payments::v1::Decline decline;
    decline.ParseFromString(opened.body);
    return absl::FailedPreconditionError(
        absl::StrCat("declined: ", payments::v1::DeclineReason_Name(decline.reason())));
  }
  if (header.type != wanted) return DoesNotHold("type");
  return opened;
}

absl::StatusOr<sealing::v1::SealedMessage> SimulatedDevice::Instruct(const PaymentOrder& order) {
  payment_ = OpenPayment{};
  payment_.order = order;
  SIGNET_ASSIGN_OR_RETURN(payment_.counter, dukpt::TakeCounter(registers_));
  SIGNET_ASSIGN_OR_RETURN(const testing::SoftwareRegisters::WorkingKeys keys,
                          registers_.TakeWorkingKeys(payment_.counter));
  SIGNET_ASSIGN_OR_RETURN(payment_.request_key, openssl::CreateMessageKey(keys.request));
  SIGNET_ASSIGN_OR_RETURN(payment_.response_key, openssl::CreateMessageKey(keys.response));
  payments::v1::PaymentInstruction body;
  body.mutable_amount()->set_currency_code(kCurrency);
  body.mutable_amount()->set_amount_minor(order.amount_minor);
  body.set_payee(order.payee);
  body.set_payee_name(order.payee_name);
  return SignAndSeal(sealing::v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION, body.SerializeAsString(),
                     &payment_.instruction_hash);
}

absl::StatusOr<sealing::v1::SealedMessage> SimulatedDevice::Confirm(
    const sealing::v1::SealedMessage& answer) {
  SIGNET_ASSIGN_OR_RETURN(const sealing::OpenedMessage opened,
                          Open(answer, sealing::v1::MESSAGE_TYPE_PAYMENT_AUTHORIZATION));
  payments::v1::PaymentAuthorization authorization;
  if (!authorization.ParseFromString(opened.body) || !Repeats(authorization, payment_.order) ||
      authorization.instruction_hash() != payment_.instruction_hash ||
      authorization.payment_id() != FormatPaymentId({parts_.device_id, payment_.counter})) {
    return DoesNotHold("authorization");
  }
  payment_.authorization_hash = AuthorizationDigest(opened.body);
  payments::v1::PaymentConfirmation body;
  body.set_instruction_hash(payment_.instruction_hash);
  body.set_authorization_hash(payment_.authorization_hash);
  return SignAndSeal(sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION, body.SerializeAsString(),
                     nullptr);
}

absl::Status SimulatedDevice::Complete(const sealing::v1::SealedMessage& answer) {
  SIGNET_ASSIGN_OR_RETURN(const sealing::OpenedMessage opened,
                          Open(answer, sealing::v1::MESSAGE_TYPE_RECEIPT));
  SIGNET_RETURN_IF_ERROR(
      parts_.receipt_key->VerifyDigest(ReceiptDigest(opened.body), opened.signature));
  payments::v1::Receipt receipt;
  if (!receipt.ParseFromString(opened.body) || !Repeats(receipt, payment_.order) ||
      receipt.instruction_hash() != payment_.instruction_hash ||
      receipt.authorization_hash() != payment_.authorization_hash) {
    return DoesNotHold("receipt");
  }
  return absl::OkStatus();
}

}  // namespace signet::bench
