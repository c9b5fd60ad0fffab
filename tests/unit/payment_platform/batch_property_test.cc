// Random commands: money is conserved, nobody is overdrawn, and how commands fall into batches
// changes nothing.
#include <random>

#include "tests/unit/payment_platform/ledger_fixture.h"

namespace signet::payment_platform {
namespace {

using namespace signet::testing;  // messages

constexpr uint32_t kDevices = 4;
constexpr int64_t kOpening = 3'000;
constexpr int64_t kStepMs = 40'000;  // three steps: an authorization is over

// Makes commands that build on each other: new instructions, repeats, conflicts, confirmations of
// what a parallel ledger would have answered, late ones, queries, expiries, new accounts.
class CommandSource {
 public:
  explicit CommandSource(uint32_t seed) : random_(seed) {}

  Command Next(const MemoryLedger& seen) {
    switch (Below(10)) {
      case 0:
      case 1:
      case 2:
        return NewInstruction();
      case 3:
        return AnyOf(instructions_);
      case 4:
      case 5:
      case 6:
        return Confirm(seen);
      case 7:
        return AccountQuery({Device(), ++counter_});
      case 8:
        return ExpirePayment{std::get<Message>(AnyOf(instructions_)).id};
      default:
        return Odd();
    }
  }

 private:
  uint32_t Below(uint32_t bound) { return static_cast<uint32_t>(random_()) % bound; }
  uint32_t Device() { return 1 + Below(kDevices); }
  std::string Handle(uint32_t device) { return "user-" + std::to_string(device); }

  Command NewInstruction() {
    const uint32_t payee = Device();
    instructions_.push_back(Instruction(
        {Device(), ++counter_},
        {.amount_minor = 1 + Below(1'500), .payee = Handle(payee), .payee_name = "User"}));
    return instructions_.back();
  }
  Command AnyOf(const std::vector<Message>& messages) {
    if (messages.empty()) return NewInstruction();
    return messages[Below(static_cast<uint32_t>(messages.size()))];
  }
  Command Confirm(const MemoryLedger& seen) {
    const Message instruction = std::get<Message>(AnyOf(instructions_));
    const auto found = seen.payments.find(instruction.id);
    return Confirmation(instruction,
                        found == seen.payments.end() ? "early" : found->second.answer.body);
  }
  Command Odd() {
    Message message = std::get<Message>(AnyOf(instructions_));
    switch (Below(5)) {
      case 0:
        message.header += "x";  // a conflict
        return message;
      case 1:
        message.id.counter = 1 + Below(counter_ + 1);  // mostly stale
        return message;
      case 2:
        return OpenAccount{"new-" + std::to_string(Below(20)),
                           "New",
                           AccountKind::kMerchant,
                           "EUR",
                           Below(100),
                           100,
                           "olivia"};
      case 3:
        return ReceiptQuery({Device(), ++counter_}, FormatPaymentId(message.id));
      default:
        return PaymentQuery({Device(), ++counter_}, FormatPaymentId(message.id));
    }
  }

  std::mt19937 random_;
  uint32_t counter_ = 0;
  std::vector<Message> instructions_;
};

MemoryLedger NewLedger() {
  MemoryLedger ledger;
  for (uint32_t i = 1; i <= kDevices; ++i) {
    ledger.AddDevice(i, ledger.AddAccount("user-" + std::to_string(i), "User", "EUR", kOpening));
  }
  return ledger;
}

void ExpectSound(const MemoryLedger& ledger) {
  EXPECT_EQ(ledger.SumOfEntries(), 0);
  EXPECT_EQ(ledger.SumOfPosted(), kOpening * kDevices);
  std::map<int64_t, int64_t> posted;
  for (const Entry& entry : ledger.entries) {
    posted[entry.account_id] += entry.amount_minor;
  }
  for (const auto& [id, account] : ledger.accounts) {
    EXPECT_EQ(account.reserved_minor, ledger.OpenReservations(id)) << account.handle;
    EXPECT_GE(account.reserved_minor, 0);
    EXPECT_GE(account.AvailableMinor(), account.floor_minor.value_or(account.AvailableMinor()));
    const int64_t opening = account.handle.rfind("user-", 0) == 0 ? kOpening : 0;
    EXPECT_EQ(account.posted_minor, opening + posted[id]) << account.handle;
  }
}

void ExpectSame(const Outcome& a, const Outcome& b) {
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.answer, b.answer);
  EXPECT_EQ(a.rejection, b.rejection);
  EXPECT_EQ(a.replayed, b.replayed);
  EXPECT_EQ(a.payment_state, b.payment_state);
}

class BatchPropertyTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(BatchPropertyTest, BatchOfManyIsManyBatchesOfOne) {
  MemoryLedger batched = NewLedger();
  MemoryLedger single = NewLedger();
  CommandSource source(GetParam());
  std::mt19937 random(GetParam() + 1);
  std::map<payments::v1::PaymentState, int> outcomes;
  for (int round = 0; round < 60; ++round) {
    std::vector<Command> commands;
    std::vector<Outcome> one_by_one;
    const size_t size = 1 + random() % 40;
    while (commands.size() < size) {
      // Answers are seen within the batch: a confirmation may follow its instruction in it.
      commands.push_back(source.Next(single));
      one_by_one.push_back(single.Execute(commands.back()));
      ++outcomes[one_by_one.back().payment_state];
    }
    const std::vector<Outcome> at_once = batched.Execute(commands);
    ASSERT_EQ(at_once.size(), one_by_one.size());
    for (size_t i = 0; i < at_once.size(); ++i) ExpectSame(at_once[i], one_by_one[i]);
    ExpectSound(batched);
    ExpectSound(single);
    ASSERT_FALSE(HasFailure()) << "round " << round;
    batched.now_ms += kStepMs;
    single.now_ms += kStepMs;
  }
  EXPECT_EQ(batched.entries.size(), single.entries.size());
  for (const auto& [id, account] : single.accounts) {
    EXPECT_EQ(batched.accounts.at(id).posted_minor, account.posted_minor);
  }
  // The source reaches every outcome.
  EXPECT_GT(outcomes[payments::v1::PAYMENT_STATE_AUTHORIZED], 0);
  EXPECT_GT(outcomes[payments::v1::PAYMENT_STATE_CONFIRMED], 0);
  EXPECT_GT(outcomes[payments::v1::PAYMENT_STATE_DECLINED], 0);
  EXPECT_GT(outcomes[payments::v1::PAYMENT_STATE_EXPIRED], 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, BatchPropertyTest, ::testing::Range(1u, 21u));

}  // namespace
}  // namespace signet::payment_platform
