#include <limits>

#include "libs/digests/digests.h"
#include "tests/unit/payment_platform/ledger_fixture.h"

namespace signet::payment_platform {
namespace {

using namespace signet::testing;  // messages
using payments::v1::DeclineReason;

class AuthorizeTest : public LedgerTest {
 protected:
  void ExpectDeclined(const InstructionFields& fields, DeclineReason reason) {
    const PaymentId id{1, device().highest_counter + 1};
    const Message instruction = Instruction(id, fields);
    const Outcome outcome = ledger_.Execute(instruction);
    EXPECT_EQ(DeclineReasonOf(outcome), reason) << outcome.status;
    EXPECT_EQ(outcome.payment_state, payments::v1::PAYMENT_STATE_DECLINED);
    EXPECT_EQ(ledger_.payment(id).state, payments::v1::PAYMENT_STATE_DECLINED);
    EXPECT_EQ(ledger_.payment(id).instruction.body, instruction.body);
    EXPECT_EQ(device().highest_counter, id.counter);
    EXPECT_EQ(payer().reserved_minor, 0);
    EXPECT_EQ(ledger_.events.back().payment_declined().reason(), reason);
  }
};

TEST_F(AuthorizeTest, ReservesAndAnswersWhatWasInstructed) {
  const Message instruction = Instruction({1, 7});
  const auto answer = AuthorizationOf(Authorize(instruction));
  EXPECT_EQ(answer.instruction_hash(), MessageDigest(instruction.header, instruction.body));
  EXPECT_EQ(answer.payment_id(), "00000001-00000007");
  EXPECT_EQ(answer.amount().amount_minor(), 1250);
  EXPECT_EQ(answer.amount().currency_code(), "EUR");
  EXPECT_EQ(answer.payee(), "corner-coffee");
  EXPECT_EQ(answer.payee_name(), "Corner Coffee");
  EXPECT_EQ(answer.authorized_at_unix_ms(), ledger_.now_ms);
  EXPECT_EQ(answer.expires_at_unix_ms(), ledger_.now_ms + 120'000);
  EXPECT_EQ(payer().reserved_minor, 1250);
  EXPECT_EQ(payer().posted_minor, kFunds);
  EXPECT_EQ(device().highest_counter, 7u);
  EXPECT_TRUE(ledger_.entries.empty());
  EXPECT_EQ(ledger_.events.back().payment_authorized().amount_minor(), 1250);
}

TEST_F(AuthorizeTest, SameMessageGetsTheSameBytesAndOneEffect) {
  const Message instruction = Instruction({1, 1});
  const Outcome first = Authorize(instruction);
  ledger_.now_ms += 5'000;
  const Outcome again = ledger_.Execute(instruction);
  EXPECT_EQ(again.answer, first.answer);
  EXPECT_TRUE(again.replayed);
  EXPECT_FALSE(first.replayed);
  EXPECT_EQ(payer().reserved_minor, 1250);
  EXPECT_EQ(ledger_.events.size(), 1u);
}

TEST_F(AuthorizeTest, SameMessageManyTimesInOneBatchHasOneEffect) {
  const std::vector<Outcome> outcomes =
      ledger_.Execute(std::vector<Command>(64, Instruction({1, 1})));
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.answer, outcomes.front().answer);
  EXPECT_EQ(payer().reserved_minor, 1250);
  EXPECT_EQ(ledger_.payments.size(), 1u);
}

TEST_F(AuthorizeTest, SameCounterWithAnotherMessageIsAConflict) {
  Authorize(Instruction({1, 1}));
  ExpectRefused(Instruction({1, 1}, {.amount_minor = 1}), Rejection::kConflictingCounter);
}

TEST_F(AuthorizeTest, CounterThatWasSkippedIsStale) {
  Authorize(Instruction({1, 5}));
  ExpectRefused(Instruction({1, 4}), Rejection::kStaleCounter);
}

TEST_F(AuthorizeTest, UnknownAndPendingDevicesAreRefused) {
  ExpectRefused(Instruction({9, 1}), Rejection::kUnknownDevice);
  device().state = DeviceState::kPending;
  ExpectRefused(Instruction({1, 1}), Rejection::kUnknownDevice);
}

TEST_F(AuthorizeTest, ImpossibleCountersAreRefused) {
  ExpectRefused(Instruction({1, 0}), Rejection::kMalformed);
  ExpectRefused(Instruction({1, 0xFFFF0001}), Rejection::kMalformed);
  ExpectRefused(Instruction({1, 0x0001FFFF}), Rejection::kMalformed);  // 17 one bits
  EXPECT_EQ(Authorize(Instruction({1, kLastCounter})).status, absl::OkStatus());
}

TEST_F(AuthorizeTest, BodyThatDoesNotParseIsRefusedAndKeepsItsCounter) {
  Message instruction = Instruction({1, 1});
  instruction.body = "\xff\xff";
  ExpectRefused(instruction, Rejection::kMalformed);
  EXPECT_EQ(device().highest_counter, 0u);
}

TEST_F(AuthorizeTest, InvalidInstructionsAreDeclinedAndTheirTextIsKeptAsEvidenceOnly) {
  ExpectDeclined({.amount_minor = 0}, payments::v1::DECLINE_REASON_INVALID_INSTRUCTION);
  ExpectDeclined({.amount_minor = -1}, payments::v1::DECLINE_REASON_INVALID_INSTRUCTION);
  ExpectDeclined({.currency_code = "eur"}, payments::v1::DECLINE_REASON_INVALID_INSTRUCTION);
  ExpectDeclined({.payee = "-"}, payments::v1::DECLINE_REASON_INVALID_INSTRUCTION);
  ExpectDeclined({.payee_name = ""}, payments::v1::DECLINE_REASON_INVALID_INSTRUCTION);
  ExpectDeclined({.reference = std::string(141, 'x')},
                 payments::v1::DECLINE_REASON_INVALID_INSTRUCTION);
  ExpectDeclined({.reference = std::string("a\0b", 3)},
                 payments::v1::DECLINE_REASON_INVALID_INSTRUCTION);
  EXPECT_EQ(ledger_.payment({1, device().highest_counter}).reference, "");
}

TEST_F(AuthorizeTest, DeclinesForTheDevice) {
  device().state = DeviceState::kSuspended;
  ExpectDeclined({}, payments::v1::DECLINE_REASON_DEVICE_BLOCKED);
  device().state = DeviceState::kRevoked;
  ExpectDeclined({}, payments::v1::DECLINE_REASON_DEVICE_BLOCKED);
}

TEST_F(AuthorizeTest, DeclinesForTheAccounts) {
  payer().state = AccountState::kBlocked;
  ExpectDeclined({}, payments::v1::DECLINE_REASON_ACCOUNT_BLOCKED);
  payer().state = AccountState::kActive;
  payee().state = AccountState::kBlocked;
  ExpectDeclined({}, payments::v1::DECLINE_REASON_PAYEE_BLOCKED);
  payee().state = AccountState::kActive;
  ExpectDeclined({.payee = "nobody"}, payments::v1::DECLINE_REASON_PAYEE_UNKNOWN);
  ExpectDeclined({.payee = "alice", .payee_name = "Alice Ashton"},
                 payments::v1::DECLINE_REASON_PAYEE_IS_PAYER);
  ExpectDeclined({.payee_name = "Corner Coffee Ltd"},
                 payments::v1::DECLINE_REASON_PAYEE_NAME_MISMATCH);
  payee().kind = AccountKind::kSystem;
  ExpectDeclined({}, payments::v1::DECLINE_REASON_PAYEE_UNKNOWN);
}

TEST_F(AuthorizeTest, DeclinesAnotherCurrencyOfEitherSide) {
  ExpectDeclined({.currency_code = "USD"}, payments::v1::DECLINE_REASON_CURRENCY_MISMATCH);
  payee().currency_code = "USD";
  ExpectDeclined({}, payments::v1::DECLINE_REASON_CURRENCY_MISMATCH);
  ExpectDeclined({.currency_code = "USD"}, payments::v1::DECLINE_REASON_CURRENCY_MISMATCH);
}

TEST_F(AuthorizeTest, LimitAndFundsAreExact) {
  payer().payment_limit_minor = kFunds + 1;
  ExpectDeclined({.amount_minor = kFunds + 2}, payments::v1::DECLINE_REASON_LIMIT_EXCEEDED);
  ExpectDeclined({.amount_minor = kFunds + 1}, payments::v1::DECLINE_REASON_INSUFFICIENT_FUNDS);
  Authorize(Instruction({1, 100}, {.amount_minor = kFunds - 1}));
  Authorize(Instruction({1, 101}, {.amount_minor = 1}));
  const Outcome over = ledger_.Execute(Instruction({1, 102}, {.amount_minor = 1}));
  EXPECT_EQ(DeclineReasonOf(over), payments::v1::DECLINE_REASON_INSUFFICIENT_FUNDS);
  EXPECT_EQ(payer().reserved_minor, kFunds);
}

TEST_F(AuthorizeTest, HugeAmountsDoNotOverflow) {
  constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
  payer().payment_limit_minor = kHuge;
  ExpectDeclined({.amount_minor = kHuge}, payments::v1::DECLINE_REASON_INSUFFICIENT_FUNDS);
  payer().floor_minor = std::numeric_limits<int64_t>::min();
  Authorize(Instruction({1, 50}, {.amount_minor = 5'000}));
  const Outcome over = ledger_.Execute(Instruction({1, 51}, {.amount_minor = kHuge}));
  EXPECT_EQ(DeclineReasonOf(over), payments::v1::DECLINE_REASON_INSUFFICIENT_FUNDS);
}

TEST_F(AuthorizeTest, DeclineIsStickyWhateverHappensLater) {
  const Message instruction = Instruction({1, 1}, {.amount_minor = kFunds + 1});
  const Outcome declined = ledger_.Execute(instruction);
  payer().posted_minor += 1'000'000;
  const Outcome again = ledger_.Execute(instruction);
  EXPECT_EQ(again.answer, declined.answer);
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(payer().reserved_minor, 0);
}

TEST_F(AuthorizeTest, LifetimeIsConfigurable) {
  ledger_.rules.authorization_lifetime_ms = 5'000;
  EXPECT_EQ(AuthorizationOf(Authorize(Instruction({1, 1}))).expires_at_unix_ms(),
            ledger_.now_ms + 5'000);
}

TEST_F(AuthorizeTest, OtherMessageTypesAreRefused) {
  Message message = Instruction({1, 1});
  message.type = sealing::v1::MESSAGE_TYPE_RECEIPT;
  ExpectRefused(message, Rejection::kMalformed);
}

}  // namespace
}  // namespace signet::payment_platform
