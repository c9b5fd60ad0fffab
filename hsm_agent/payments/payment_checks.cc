#include "hsm_agent/payments/payment_checks.h"

#include "absl/strings/str_cat.h"
#include "libs/base/secret.h"
#include "libs/base/status.h"

namespace signet::hsm_agent {
namespace {

// An authorization is for minutes; one that outlives this is a mistake or a trick.
constexpr int64_t kMaxAuthorizationMs = int64_t{7} * 24 * 60 * 60 * 1000;

absl::Status Differs(const char* what) {
  return absl::UnauthenticatedError(
      absl::StrCat("the platform's answer does not fit what was approved: ", what));
}

bool Same(const payments::v1::Money& a, const payments::v1::Money& b) {
  return a.currency_code() == b.currency_code() && a.amount_minor() == b.amount_minor();
}

// The fields that an authorization and a receipt share.
template <typename Answer>
absl::Status CheckPayment(const ApprovedPayment& approved, const Answer& answer) {
  if (!ConstantTimeEquals(answer.instruction_hash(), approved.instruction_hash)) {
    return Differs("instruction");
  }
  if (answer.payment_id() != approved.payment_id) return Differs("payment");
  if (!answer.has_amount() || !Same(answer.amount(), approved.instruction.amount())) {
    return Differs("amount");
  }
  if (answer.payee() != approved.instruction.payee()) return Differs("payee");
  if (answer.payee_name() != approved.instruction.payee_name()) return Differs("payee's name");
  return absl::OkStatus();
}

}  // namespace

Money ApprovedAmount(const payments::v1::PaymentInstruction& instruction) {
  return {instruction.amount().currency_code(), instruction.amount().amount_minor()};
}

absl::Status PaymentNotOpen(std::string_view payment_id) {
  return absl::NotFoundError(
      absl::StrCat("payment ", std::string(payment_id), " is not open on this device"));
}

absl::Status CheckAuthorization(const ApprovedPayment& approved,
                                const payments::v1::PaymentAuthorization& authorization) {
  SIGNET_RETURN_IF_ERROR(CheckPayment(approved, authorization));
  const int64_t from = authorization.authorized_at_unix_ms();
  const int64_t until = authorization.expires_at_unix_ms();
  if (from <= 0 || until <= from || until - from > kMaxAuthorizationMs) return Differs("expiry");
  return absl::OkStatus();
}

absl::Status CheckReceipt(const ApprovedPayment& approved, const payments::v1::Receipt& receipt) {
  SIGNET_RETURN_IF_ERROR(CheckPayment(approved, receipt));
  if (approved.authorization_hash.has_value() &&
      !ConstantTimeEquals(receipt.authorization_hash(), *approved.authorization_hash)) {
    return Differs("authorization");
  }
  if (receipt.reference() != approved.instruction.reference()) return Differs("reference");
  if (receipt.payer().empty()) return Differs("payer");
  if (receipt.completed_at_unix_ms() <= 0) return Differs("time");
  return absl::OkStatus();
}

absl::Status CheckDecline(std::string_view payment_id, std::string_view request_hash,
                          const payments::v1::Decline& decline) {
  if (!ConstantTimeEquals(decline.request_hash(), request_hash)) return Differs("request");
  if (decline.payment_id() != payment_id) return Differs("payment");
  if (decline.reason() == payments::v1::DECLINE_REASON_UNSPECIFIED) return Differs("reason");
  return absl::OkStatus();
}

}  // namespace signet::hsm_agent
