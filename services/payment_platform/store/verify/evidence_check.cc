#include "services/payment_platform/store/verify/evidence_check.h"

#include <string>

#include "libs/digests/digests.h"

namespace signet::payment_platform {
namespace {

using payments::v1::Decline;
using payments::v1::PaymentAuthorization;
using payments::v1::PaymentInstruction;
using payments::v1::Receipt;

class EvidenceCheck {
 public:
  EvidenceCheck(const Payment& payment, Findings& findings)
      : payment_(payment), findings_(findings) {}

  void Run() {
    CheckHash(payment_.instruction, "instruction");
    if (!payment_.confirmation.hash.empty()) CheckHash(payment_.confirmation, "confirmation");
    if (payment_.state == payments::v1::PAYMENT_STATE_DECLINED) {
      CheckDecline(payment_.answer, payment_.instruction.hash, "answer");
      return;
    }
    CheckInstruction();
    CheckAuthorization();
    if (payment_.state == payments::v1::PAYMENT_STATE_CONFIRMED) CheckReceipt();
    Expect(payment_.state != payments::v1::PAYMENT_STATE_CONFIRMED ||
               !payment_.confirmation.hash.empty(),
           "it is confirmed, but no confirmation is stored");
    const bool expired = payment_.state == payments::v1::PAYMENT_STATE_EXPIRED;
    if (expired && !payment_.confirmation.hash.empty()) {
      CheckDecline(payment_.outcome, payment_.confirmation.hash, "outcome");
    }
  }

 private:
  void Expect(bool holds, const std::string& finding) {
    if (!holds) findings_.Add("payment " + FormatPaymentId(payment_.id) + ": " + finding);
  }

  void CheckHash(const Evidence& evidence, const std::string& what) {
    Expect(MessageDigest(evidence.header, evidence.body) == evidence.hash,
           "its stored " + what + " does not have the hash that it was accepted with");
  }

  // Amount, currency, payee: the same in the row and in a message.
  template <typename Message>
  void CheckTerms(const Message& message, const std::string& what) {
    Expect(message.amount().amount_minor() == payment_.amount_minor,
           "its amount is " + std::to_string(payment_.amount_minor) + ", its " + what + " says " +
               std::to_string(message.amount().amount_minor()));
    Expect(message.amount().currency_code() == payment_.currency_code,
           "its currency is not that of its " + what);
    Expect(message.payee() == payment_.payee_handle && message.payee_name() == payment_.payee_name,
           "its payee is not that of its " + what);
  }

  void CheckInstruction() {
    PaymentInstruction instruction;
    if (!instruction.ParseFromString(payment_.instruction.body)) {
      return Expect(false, "its stored instruction cannot be read");
    }
    CheckTerms(instruction, "instruction");
    Expect(instruction.reference() == payment_.reference,
           "its reference is not that of its instruction");
  }

  void CheckAuthorization() {
    PaymentAuthorization authorization;
    if (payment_.answer.type != sealing::v1::MESSAGE_TYPE_PAYMENT_AUTHORIZATION ||
        !authorization.ParseFromString(payment_.answer.body)) {
      return Expect(false, "its answer is not an authorization");
    }
    CheckTerms(authorization, "authorization");
    Expect(authorization.payment_id() == FormatPaymentId(payment_.id) &&
               authorization.instruction_hash() == payment_.instruction.hash,
           "its authorization is of another payment");
    Expect(authorization.expires_at_unix_ms() == payment_.expires_at_unix_ms,
           "it expires at another time than its authorization says");
  }

  void CheckReceipt() {
    Receipt receipt;
    if (payment_.outcome.type != sealing::v1::MESSAGE_TYPE_RECEIPT ||
        !receipt.ParseFromString(payment_.outcome.body)) {
      return Expect(false, "it is confirmed, but its outcome is not a receipt");
    }
    CheckTerms(receipt, "receipt");
    Expect(receipt.payment_id() == FormatPaymentId(payment_.id) &&
               receipt.instruction_hash() == payment_.instruction.hash,
           "its receipt is of another payment");
  }

  void CheckDecline(const Answer& answer, const std::string& request_hash,
                    const std::string& what) {
    Decline decline;
    if (answer.type != sealing::v1::MESSAGE_TYPE_DECLINE || !decline.ParseFromString(answer.body)) {
      return Expect(false, "its " + what + " is not a decline");
    }
    Expect(decline.payment_id() == FormatPaymentId(payment_.id) &&
               decline.request_hash() == request_hash,
           "its " + what + " is of another payment");
    Expect(decline.reason() == payment_.decline_reason,
           "its decline reason is " + std::to_string(payment_.decline_reason) + ", its " + what +
               " says " + std::to_string(decline.reason()));
  }

  const Payment& payment_;
  Findings& findings_;
};

}  // namespace

void CheckEvidence(const Payment& payment, Findings& findings) {
  EvidenceCheck(payment, findings).Run();
}

}  // namespace signet::payment_platform
