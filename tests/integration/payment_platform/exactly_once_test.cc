#include <numeric>

#include "tests/integration/payment_platform/ledger_fixture.h"

namespace signet::payment_platform {
namespace {

using namespace signet::testing;  // messages

using ExactlyOnceTest = LedgerIntegrationTest;

TEST_F(ExactlyOnceTest, SameMessage64TimesAtOnceHasOneEffectAndOneOutcome) {
  StartBatcher(3, {.max_batch = 5});
  const std::vector<Outcome> outcomes =
      SubmitAll(std::vector<Command>(64, Instruction({1, 1}, {.amount_minor = 700})));
  for (const Outcome& outcome : outcomes) {
    ASSERT_TRUE(outcome.status.ok()) << outcome.status;
    EXPECT_EQ(outcome.answer, outcomes.front().answer);
  }
  EXPECT_EQ(AuthorizationOf(outcomes.front()).amount().amount_minor(), 700);
  EXPECT_EQ(Sql("SELECT count(*) FROM payment"), "1");
  EXPECT_EQ(Sql("SELECT reserved_minor FROM account WHERE handle = 'alice'"), "700");
  EXPECT_TRUE(HasMetric("signet_idempotent_replays_total 63"));
  EXPECT_TRUE(HasMetric("signet_payments_total{outcome=\"authorized\",reason=\"none\"} 1"));

  const Message confirmation =
      Confirmation(Instruction({1, 1}, {.amount_minor = 700}), outcomes.front().answer.body);
  const std::vector<Outcome> receipts = SubmitAll(std::vector<Command>(64, confirmation));
  for (const Outcome& outcome : receipts) EXPECT_EQ(outcome.answer, receipts.front().answer);
  EXPECT_EQ(ReceiptOf(receipts.front()).amount().amount_minor(), 700);
  EXPECT_EQ(Sql("SELECT posted_minor FROM account WHERE handle = 'corner-coffee'"), "700");
  EXPECT_EQ(Sql("SELECT count(*) FROM entry WHERE counter = 1"), "2");
  ExpectSoundBooks();
}

TEST_F(ExactlyOnceTest, OutcomesSurviveARestart) {
  const Message instruction = Instruction({1, 1});
  const Outcome authorized = Submit(instruction);
  const Message confirmation = Confirmation(instruction, authorized.answer.body);
  const Outcome receipt = Submit(confirmation);
  const Message too_much = Instruction({1, 2}, {.amount_minor = 20'001});
  const Outcome declined = Submit(too_much);
  StartBatcher(1);
  clock_.Advance(3'600'000);
  EXPECT_EQ(Submit(instruction).answer, authorized.answer);
  EXPECT_EQ(Submit(confirmation).answer, receipt.answer);
  EXPECT_EQ(Submit(too_much).answer, declined.answer);
  EXPECT_EQ(DeclineReasonOf(declined), payments::v1::DECLINE_REASON_LIMIT_EXCEEDED);
}

TEST_F(ExactlyOnceTest, ConflictsAndStaleCountersAreRefusedAndCounted) {
  EXPECT_TRUE(Submit(Instruction({1, 5})).status.ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Submit(Instruction({1, 5}, {.amount_minor = 1})).status));
  EXPECT_TRUE(absl::IsPermissionDenied(Submit(Instruction({1, 4})).status));
  EXPECT_TRUE(absl::IsPermissionDenied(Submit(AccountQuery({1, 3})).status));
  EXPECT_TRUE(absl::IsPermissionDenied(Submit(Instruction({99, 1})).status));
  EXPECT_TRUE(HasMetric("signet_messages_rejected_total{reason=\"conflicting_counter\"} 1"));
  EXPECT_TRUE(HasMetric("signet_messages_rejected_total{reason=\"stale_counter\"} 2"));
  EXPECT_TRUE(HasMetric("signet_messages_rejected_total{reason=\"unknown_device\"} 1"));
}

TEST_F(ExactlyOnceTest, QueriesUseUpTheirCounter) {
  const auto account = QueryResultOf(Submit(AccountQuery({1, 9}))).account();
  EXPECT_EQ(account.handle(), "alice");
  EXPECT_EQ(account.available().amount_minor(), kFunds);
  EXPECT_EQ(Sql("SELECT highest_counter FROM device WHERE device_id = 1"), "9");
  EXPECT_EQ(QueryResultOf(Submit(PayeeQuery({1, 10}, "corner-coffee"))).payee().name(),
            "Corner Coffee");
}

TEST_F(ExactlyOnceTest, ConcurrentPaymentsNeverOverdraw) {
  StartBatcher(4, {.max_batch = 7});
  std::vector<Command> commands;
  for (uint32_t counter = 1; counter <= 50; ++counter) {
    for (uint32_t device = 1; device <= 4; ++device) {
      commands.push_back(Instruction({device, counter}, {.amount_minor = 1'000}));
    }
  }
  int64_t authorized = 0;
  int64_t declined = 0;
  int64_t stale = 0;  // two writers may take a device's messages in another order
  for (const Outcome& outcome : SubmitAll(commands)) {
    authorized += outcome.payment_state == payments::v1::PAYMENT_STATE_AUTHORIZED;
    declined += DeclineReasonOf(outcome) == payments::v1::DECLINE_REASON_INSUFFICIENT_FUNDS;
    stale += outcome.rejection == Rejection::kStaleCounter;
  }
  EXPECT_EQ(authorized + declined + stale, 200);
  EXPECT_LE(authorized, 50);
  EXPECT_GT(authorized, 0);
  EXPECT_EQ(Sql("SELECT reserved_minor FROM account WHERE handle = 'alice'"),
            std::to_string(authorized * 1'000));
  ExpectSoundBooks();
}

TEST_F(ExactlyOnceTest, PaymentsBetweenTwoAccountsInBothDirectionsDoNotDeadlock) {
  StartBatcher(4, {.max_batch = 3});
  std::vector<Command> instructions;
  for (uint32_t counter = 1; counter <= 25; ++counter) {
    instructions.push_back(Instruction({1 + counter % 4, counter}, {.amount_minor = 10}));
    instructions.push_back(Instruction(
        {5, counter}, {.amount_minor = 1, .payee = "alice", .payee_name = "Alice Ashton"}));
  }
  Sql("UPDATE account SET floor_minor = -1000 WHERE handle = 'corner-coffee'");
  const std::vector<Outcome> authorized = SubmitAll(instructions);
  std::vector<Command> confirmations;
  for (size_t i = 0; i < authorized.size(); ++i) {
    if (authorized[i].payment_state != payments::v1::PAYMENT_STATE_AUTHORIZED) continue;
    confirmations.push_back(
        Confirmation(std::get<Message>(instructions[i]), authorized[i].answer.body));
  }
  ASSERT_FALSE(confirmations.empty());
  for (const Outcome& outcome : SubmitAll(confirmations)) {
    EXPECT_GT(ReceiptOf(outcome).amount().amount_minor(), 0) << outcome.status;
  }
  ExpectSoundBooks();
  EXPECT_GT(std::stoi(Sql("SELECT count(DISTINCT chain) FROM journal")), 1);
}

TEST_F(ExactlyOnceTest, UnconfirmedPaymentsExpireForEver) {
  const Message instruction = Instruction({1, 1});
  const Outcome authorized = Submit(instruction);
  EXPECT_TRUE(Submit(ExpirePayment{{1, 1}}).status.ok());
  EXPECT_EQ(Sql("SELECT state FROM payment"), "1");
  clock_.Advance(120'000);
  EXPECT_EQ(Submit(ExpirePayment{{1, 1}}).payment_state, payments::v1::PAYMENT_STATE_EXPIRED);
  EXPECT_EQ(Sql("SELECT reserved_minor FROM account WHERE handle = 'alice'"), "0");
  const Message confirmation = Confirmation(instruction, authorized.answer.body);
  const Outcome late = Submit(confirmation);
  EXPECT_EQ(DeclineReasonOf(late), payments::v1::DECLINE_REASON_EXPIRED);
  EXPECT_EQ(Submit(confirmation).answer, late.answer);
  EXPECT_TRUE(HasMetric("signet_payments_total{outcome=\"expired\",reason=\"expired\"} 1"));
  ExpectSoundBooks();
}

TEST_F(ExactlyOnceTest, OneHandleIsOpenedOnce) {
  StartBatcher(4, {.max_batch = 2});
  const std::vector<Outcome> outcomes = SubmitAll(std::vector<Command>(
      16, OpenAccount{"bob", "Bob", AccountKind::kCustomer, "JPY", 500, 100, "olivia"}));
  int opened = 0;
  for (const Outcome& outcome : outcomes) {
    opened += outcome.status.ok();
    EXPECT_TRUE(outcome.status.ok() || absl::IsAlreadyExists(outcome.status)) << outcome.status;
  }
  EXPECT_EQ(opened, 1);
  EXPECT_EQ(Sql("SELECT posted_minor FROM account WHERE handle = 'bob'"), "500");
  EXPECT_EQ(Sql("SELECT posted_minor FROM account WHERE handle = 'system-jpy'"), "-500");
  EXPECT_EQ(Sql("SELECT count(*) FROM audit WHERE subject = 'bob'"), "1");
  ExpectSoundBooks();
}

}  // namespace
}  // namespace signet::payment_platform
