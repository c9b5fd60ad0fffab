#include "hsm_agent/payments/payment_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace signet::hsm_agent {
namespace {

using payments::v1::Decline;
using payments::v1::PaymentAuthorization;
using payments::v1::Receipt;

constexpr char kId[] = "00000001-00000002";

ApprovedPayment Approved() {
  ApprovedPayment approved;
  approved.payment_id = kId;
  approved.instruction_hash = std::string(32, 'h');
  approved.instruction.mutable_amount()->set_currency_code("EUR");
  approved.instruction.mutable_amount()->set_amount_minor(1250);
  approved.instruction.set_payee("coffee");
  approved.instruction.set_payee_name("Corner Coffee");
  approved.instruction.set_reference("table 5");
  approved.authorization_hash = std::string(32, 'a');
  return approved;
}

template <typename Answer>
Answer FittingAnswer() {
  const ApprovedPayment approved = Approved();
  Answer answer;
  answer.set_instruction_hash(approved.instruction_hash);
  answer.set_payment_id(kId);
  *answer.mutable_amount() = approved.instruction.amount();
  answer.set_payee(approved.instruction.payee());
  answer.set_payee_name(approved.instruction.payee_name());
  return answer;
}

PaymentAuthorization FittingAuthorization() {
  auto authorization = FittingAnswer<PaymentAuthorization>();
  authorization.set_authorized_at_unix_ms(1'000);
  authorization.set_expires_at_unix_ms(61'000);
  return authorization;
}

Receipt FittingReceipt() {
  auto receipt = FittingAnswer<Receipt>();
  receipt.set_authorization_hash(std::string(32, 'a'));
  receipt.set_payer("alice");
  receipt.set_reference("table 5");
  receipt.set_completed_at_unix_ms(2'000);
  return receipt;
}

TEST(PaymentChecksTest, AnAuthorizationMustFitInEveryField) {
  EXPECT_TRUE(CheckAuthorization(Approved(), FittingAuthorization()).ok());
  const std::vector<std::function<void(PaymentAuthorization&)>> changes = {
      [](auto& a) { a.set_instruction_hash(std::string(32, 'x')); },
      [](auto& a) { a.clear_instruction_hash(); },
      [](auto& a) { a.set_payment_id("00000001-00000003"); },
      [](auto& a) { a.mutable_amount()->set_amount_minor(1251); },
      [](auto& a) { a.mutable_amount()->set_currency_code("USD"); },
      [](auto& a) { a.clear_amount(); },
      [](auto& a) { a.set_payee("mallory"); },
      [](auto& a) { a.set_payee_name("Corner Coffee "); },
      [](auto& a) { a.set_expires_at_unix_ms(1'000); },
      [](auto& a) { a.set_expires_at_unix_ms(int64_t{1} << 60); },
      [](auto& a) { a.set_authorized_at_unix_ms(0); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    PaymentAuthorization changed = FittingAuthorization();
    changes[i](changed);
    EXPECT_EQ(CheckAuthorization(Approved(), changed).code(), absl::StatusCode::kUnauthenticated)
        << i;
  }
}

TEST(PaymentChecksTest, AReceiptMustFitInEveryField) {
  EXPECT_TRUE(CheckReceipt(Approved(), FittingReceipt()).ok());
  const std::vector<std::function<void(Receipt&)>> changes = {
      [](auto& r) { r.set_instruction_hash(std::string(32, 'x')); },
      [](auto& r) { r.set_authorization_hash(std::string(32, 'x')); },
      [](auto& r) { r.clear_authorization_hash(); },
      [](auto& r) { r.set_payment_id(""); },
      [](auto& r) { r.mutable_amount()->set_amount_minor(1); },
      [](auto& r) { r.set_payee("mallory"); },
      [](auto& r) { r.set_payee_name("Mallory"); },
      [](auto& r) { r.set_reference("table 6"); },
      [](auto& r) { r.clear_payer(); },
      [](auto& r) { r.set_completed_at_unix_ms(0); },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    Receipt changed = FittingReceipt();
    changes[i](changed);
    EXPECT_EQ(CheckReceipt(Approved(), changed).code(), absl::StatusCode::kUnauthenticated) << i;
  }
}

TEST(PaymentChecksTest, WithoutAConfirmationOfItsOwnTheDeviceKnowsNoAuthorization) {
  ApprovedPayment approved = Approved();
  approved.authorization_hash.reset();
  EXPECT_TRUE(CheckReceipt(approved, FittingReceipt()).ok());
  Receipt changed = FittingReceipt();
  changed.set_instruction_hash(std::string(32, 'x'));
  EXPECT_FALSE(CheckReceipt(approved, changed).ok());
}

TEST(PaymentChecksTest, ADeclineIsOfOneRequest) {
  const std::string hash(32, 'h');
  Decline decline;
  decline.set_request_hash(hash);
  decline.set_payment_id(kId);
  decline.set_reason(payments::v1::DECLINE_REASON_INSUFFICIENT_FUNDS);
  EXPECT_TRUE(CheckDecline(kId, hash, decline).ok());
  EXPECT_FALSE(CheckDecline("", hash, decline).ok());
  EXPECT_FALSE(CheckDecline(kId, std::string(32, 'x'), decline).ok());
  EXPECT_FALSE(CheckDecline(kId, "", decline).ok());
  decline.set_reason(payments::v1::DECLINE_REASON_UNSPECIFIED);
  EXPECT_FALSE(CheckDecline(kId, hash, decline).ok());
}

}  // namespace
}  // namespace signet::hsm_agent
