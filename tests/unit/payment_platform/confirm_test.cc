#include "libs/digests/digests.h"
#include "tests/unit/payment_platform/ledger_fixture.h"

namespace signet::payment_platform {
namespace {

using namespace signet::testing;  // messages

class ConfirmTest : public LedgerTest {
 protected:
  Message instruction_ = Instruction({1, 1});
  Outcome authorized_ = Authorize(instruction_);
  Message confirmation_ = Confirmation(instruction_, authorized_.answer.body);

  void ExpectReleasedForEver(payments::v1::DeclineReason reason) {
    const Outcome outcome = ledger_.Execute(confirmation_);
    EXPECT_EQ(DeclineReasonOf(outcome), reason);
    EXPECT_EQ(ledger_.payment({1, 1}).state, payments::v1::PAYMENT_STATE_EXPIRED);
    EXPECT_EQ(payer().reserved_minor, 0);
    EXPECT_EQ(payer().posted_minor, kFunds);
    EXPECT_TRUE(ledger_.entries.empty());
    device().state = DeviceState::kActive;
    payer().state = payee().state = AccountState::kActive;
    const Outcome again = ledger_.Execute(confirmation_);
    EXPECT_EQ(again.answer, outcome.answer);
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(payee().posted_minor, 0);
  }
};

TEST_F(ConfirmTest, PostsTheMoneyAndAnswersWithAReceipt) {
  ledger_.now_ms += 1'000;
  const Outcome outcome = ledger_.Execute(confirmation_);
  const auto receipt = ReceiptOf(outcome);
  EXPECT_EQ(receipt.payment_id(), "00000001-00000001");
  EXPECT_EQ(receipt.instruction_hash(), MessageDigest(instruction_.header, instruction_.body));
  EXPECT_EQ(receipt.authorization_hash(), AuthorizationDigest(authorized_.answer.body));
  EXPECT_EQ(receipt.amount().amount_minor(), 1250);
  EXPECT_EQ(receipt.payer(), "alice");
  EXPECT_EQ(receipt.payer_name(), "Alice Ashton");
  EXPECT_EQ(receipt.payee(), "corner-coffee");
  EXPECT_EQ(receipt.payee_name(), "Corner Coffee");
  EXPECT_EQ(receipt.reference(), "two flat whites");
  EXPECT_EQ(receipt.completed_at_unix_ms(), ledger_.now_ms);
  EXPECT_EQ(payer().posted_minor, kFunds - 1250);
  EXPECT_EQ(payer().reserved_minor, 0);
  EXPECT_EQ(payee().posted_minor, 1250);
  ASSERT_EQ(ledger_.entries.size(), 2u);
  EXPECT_EQ(ledger_.entries[0].posted_after_minor, kFunds - 1250);
  EXPECT_EQ(ledger_.entries[1].posted_after_minor, 1250);
  EXPECT_EQ(ledger_.SumOfEntries(), 0);
  EXPECT_EQ(outcome.moved_minor, 1250);
}

TEST_F(ConfirmTest, SameConfirmationGetsTheSameReceipt) {
  const Outcome first = ledger_.Execute(confirmation_);
  ledger_.now_ms += 3'600'000;
  const std::vector<Outcome> again = ledger_.Execute(std::vector<Command>(8, confirmation_));
  for (const Outcome& outcome : again) EXPECT_EQ(outcome.answer, first.answer);
  EXPECT_EQ(payee().posted_minor, 1250);
  // The instruction still gets its authorization.
  EXPECT_EQ(ledger_.Execute(instruction_).answer, authorized_.answer);
}

TEST_F(ConfirmTest, AnotherConfirmationIsAConflict) {
  ledger_.Execute(confirmation_);
  Message other = confirmation_;
  other.header += "x";
  ExpectRefused(other, Rejection::kConflictingCounter);
}

TEST_F(ConfirmTest, ConfirmationOfSomethingElseIsAConflict) {
  ExpectRefused(Confirmation(instruction_, "another authorization"),
                Rejection::kConflictingCounter);
  ExpectRefused(Confirmation(Instruction({1, 1}, {.amount_minor = 1}), authorized_.answer.body),
                Rejection::kConflictingCounter);
  EXPECT_EQ(payee().posted_minor, 0);
  EXPECT_EQ(ReceiptOf(ledger_.Execute(confirmation_)).amount().amount_minor(), 1250);
}

TEST_F(ConfirmTest, MalformedConfirmationIsRefused) {
  confirmation_.body = "\xff";
  ExpectRefused(confirmation_, Rejection::kMalformed);
}

TEST_F(ConfirmTest, ConfirmationOfWhatWasNeverInstructedIsRefused) {
  ledger_.Execute(AccountQuery({1, 4}));
  const Message skipped = Confirmation(Instruction({1, 3}), "x");
  ExpectRefused(skipped, Rejection::kStaleCounter);
  ExpectRefused(Confirmation(Instruction({1, 9}), "x"), Rejection::kUnknownPayment);
  ExpectRefused(Confirmation(Instruction({9, 1}), "x"), Rejection::kUnknownDevice);
  EXPECT_EQ(device().highest_counter, 4u);
}

TEST_F(ConfirmTest, ConfirmationOfADeclinedPaymentIsRefused) {
  const Message declined = Instruction({1, 2}, {.amount_minor = kFunds + 1});
  const Outcome outcome = ledger_.Execute(declined);
  ExpectRefused(Confirmation(declined, outcome.answer.body), Rejection::kConflictingCounter);
}

TEST_F(ConfirmTest, InTimeUntilTheLastMillisecond) {
  ledger_.now_ms += 119'999;
  EXPECT_EQ(ReceiptOf(ledger_.Execute(confirmation_)).amount().amount_minor(), 1250);
}

TEST_F(ConfirmTest, TooLateIsExpiredForEver) {
  ledger_.now_ms += 120'000;
  ExpectReleasedForEver(payments::v1::DECLINE_REASON_EXPIRED);
}

TEST_F(ConfirmTest, WhoWasBlockedSinceDoesNotMoveMoney) {
  device().state = DeviceState::kRevoked;
  ExpectReleasedForEver(payments::v1::DECLINE_REASON_DEVICE_BLOCKED);
}

TEST_F(ConfirmTest, BlockedPayerDoesNotPay) {
  payer().state = AccountState::kBlocked;
  ExpectReleasedForEver(payments::v1::DECLINE_REASON_ACCOUNT_BLOCKED);
}

TEST_F(ConfirmTest, BlockedPayeeIsNotPaid) {
  payee().state = AccountState::kBlocked;
  ExpectReleasedForEver(payments::v1::DECLINE_REASON_PAYEE_BLOCKED);
}

TEST_F(ConfirmTest, SweptPaymentDeclinesItsConfirmation) {
  ledger_.now_ms += 120'000;
  const Outcome expired = ledger_.Execute(ExpirePayment{{1, 1}});
  EXPECT_EQ(expired.payment_state, payments::v1::PAYMENT_STATE_EXPIRED);
  EXPECT_EQ(payer().reserved_minor, 0);
  EXPECT_EQ(ledger_.events.back().payment_expired().counter(), 1u);
  const size_t events = ledger_.events.size();
  const Outcome late = ledger_.Execute(confirmation_);
  EXPECT_EQ(DeclineReasonOf(late), payments::v1::DECLINE_REASON_EXPIRED);
  EXPECT_EQ(late.payment_state,
            payments::v1::PAYMENT_STATE_UNSPECIFIED);  // nothing new became of it
  EXPECT_EQ(ledger_.events.size(), events);
  EXPECT_EQ(ledger_.Execute(confirmation_).answer, late.answer);
  EXPECT_EQ(payer().reserved_minor, 0);
}

TEST_F(ConfirmTest, ExpiringLeavesWhatIsNotDueOrDone) {
  EXPECT_EQ(ledger_.Execute(ExpirePayment{{1, 1}}).payment_state,
            payments::v1::PAYMENT_STATE_UNSPECIFIED);
  ledger_.Execute(confirmation_);
  ledger_.now_ms += 3'600'000;
  EXPECT_TRUE(ledger_.Execute(ExpirePayment{{1, 1}}).status.ok());
  EXPECT_EQ(ledger_.payment({1, 1}).state, payments::v1::PAYMENT_STATE_CONFIRMED);
  EXPECT_EQ(payee().posted_minor, 1250);
  EXPECT_TRUE(absl::IsNotFound(ledger_.Execute(ExpirePayment{{1, 77}}).status));
}

TEST_F(ConfirmTest, ExpiringTwiceInOneBatchReleasesOnce) {
  Authorize(Instruction({1, 2}, {.amount_minor = 100}));
  ledger_.now_ms += 120'000;
  ledger_.Execute({ExpirePayment{{1, 1}}, ExpirePayment{{1, 1}}, Command(confirmation_)});
  EXPECT_EQ(payer().reserved_minor, 100);
}

}  // namespace
}  // namespace signet::payment_platform
