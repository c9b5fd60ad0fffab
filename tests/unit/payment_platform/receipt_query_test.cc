// A receipt is for its payment's payer and payee, once the payment is confirmed, and for nobody
// else.
#include <random>

#include "tests/unit/payment_platform/ledger_fixture.h"

namespace signet::payment_platform {
namespace {

using namespace signet::testing;  // messages
using payments::v1::DECLINE_REASON_NOT_FOUND;

constexpr uint32_t kPayer = 1, kPayee = 2, kStranger = 3, kPayersOther = 4;  // devices
constexpr int64_t kAmount = 500;  // enough for every payment of a test
constexpr uint32_t kDevices[] = {kPayer, kPayee, kStranger, kPayersOther};

class ReceiptQueryTest : public LedgerTest {
 protected:
  ReceiptQueryTest() {
    ledger_.AddDevice(kStranger, ledger_.AddAccount("mallory", "Mallory", "EUR", kFunds));
    ledger_.AddDevice(kPayersOther, payer().id);
  }

  Outcome Ask(uint32_t device, const std::string& payment_id) {
    return ledger_.Execute(ReceiptQuery({device, ++counter_}, payment_id));
  }
  Outcome Ask(uint32_t device, PaymentId id) { return Ask(device, FormatPaymentId(id)); }
  void ExpectNotFound(uint32_t device, const std::string& payment_id) {
    const Outcome outcome = Ask(device, payment_id);
    EXPECT_EQ(DeclineReasonOf(outcome), DECLINE_REASON_NOT_FOUND) << device << ": " << payment_id;
  }
  // Whoever asks.
  void ExpectNoReceipt(PaymentId id) {
    for (const uint32_t device : kDevices) ExpectNotFound(device, FormatPaymentId(id));
  }

  // Each makes a payment in its state and returns its ID.
  PaymentId Authorized() {
    const Message instruction = Instruction({kPayer, ++counter_}, {.amount_minor = kAmount});
    authorization_ = Authorize(instruction).answer.body;
    confirmation_ = Confirmation(instruction, authorization_);
    return instruction.id;
  }
  PaymentId Confirmed() {
    const PaymentId id = Authorized();
    receipt_ = ledger_.Execute(confirmation_).answer;
    return id;
  }
  PaymentId Expired(bool swept) {
    const PaymentId id = Authorized();
    ledger_.now_ms += ledger_.rules.authorization_lifetime_ms;
    ledger_.Execute(swept ? Command(ExpirePayment{id}) : Command(confirmation_));
    return id;
  }
  PaymentId Declined() {
    const Message instruction = Instruction({kPayer, ++counter_}, {.amount_minor = kFunds + 1});
    ledger_.Execute(instruction);
    return instruction.id;
  }

  uint32_t counter_ = 0;  // of all devices
  std::string authorization_;
  Message confirmation_;
  Answer receipt_;
};

TEST_F(ReceiptQueryTest, PayerAndPayeeGetTheStoredBytesHoweverOften) {
  const PaymentId id = Confirmed();
  ASSERT_EQ(receipt_.type, sealing::v1::MESSAGE_TYPE_RECEIPT);
  const size_t events = ledger_.events.size();
  for (const uint32_t device : {kPayer, kPayee, kPayersOther, kPayer}) {
    ledger_.now_ms += 3'600'000;
    const Outcome outcome = Ask(device, id);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    EXPECT_EQ(outcome.answer, receipt_) << device;
    EXPECT_FALSE(outcome.replayed);
    EXPECT_EQ(outcome.payment_state, payments::v1::PAYMENT_STATE_UNSPECIFIED);
    EXPECT_EQ(outcome.moved_minor, 0);
  }
  EXPECT_EQ(ReceiptOf(Ask(kPayee, id)).payment_id(), FormatPaymentId(id));
  EXPECT_EQ(ledger_.events.size(), events);
  EXPECT_EQ(ledger_.entries.size(), 2u);
  EXPECT_EQ(payee().posted_minor, kAmount);
}

TEST_F(ReceiptQueryTest, StrangersAndUnknownPaymentsAreNotFound) {
  const PaymentId id = Confirmed();
  ExpectNotFound(kStranger, FormatPaymentId(id));
  ExpectNotFound(kPayer, FormatPaymentId({kPayer, id.counter + 1}));
  ExpectNotFound(kPayer, FormatPaymentId({kPayee, id.counter}));
  ExpectNotFound(kPayer, "00000009-00000009");
  for (const char* const odd : {"", "nonsense", "00000001", "00000001-0000000G"}) {
    ExpectNotFound(kPayer, odd);
  }
  ExpectNotFound(kPayer, FormatPaymentId(id) + " ");
}

TEST_F(ReceiptQueryTest, OnlyAConfirmedPaymentHasOne) {
  ExpectNoReceipt(Authorized());
  ExpectNoReceipt(Declined());
  ExpectNoReceipt(Expired(true));
  ExpectNoReceipt(Expired(false));
  // What is due and not swept yet.
  const PaymentId due = Authorized();
  ledger_.now_ms += ledger_.rules.authorization_lifetime_ms;
  ExpectNoReceipt(due);
}

TEST_F(ReceiptQueryTest, WithinOneBatchItSeesWhatCameBefore) {
  const PaymentId id = Authorized();
  const std::vector<Outcome> outcomes =
      ledger_.Execute({ReceiptQuery({kPayee, 101}, FormatPaymentId(id)), Command(confirmation_),
                       ReceiptQuery({kPayee, 102}, FormatPaymentId(id))});
  EXPECT_EQ(DeclineReasonOf(outcomes[0]), DECLINE_REASON_NOT_FOUND);
  EXPECT_EQ(outcomes[2].answer, outcomes[1].answer);
  EXPECT_EQ(outcomes[2].answer.type, sealing::v1::MESSAGE_TYPE_RECEIPT);
}

TEST_F(ReceiptQueryTest, TakesItsCounterLikeEveryQuery) {
  const PaymentId id = Confirmed();
  const Message query = ReceiptQuery({kPayer, ++counter_}, FormatPaymentId(id));
  EXPECT_EQ(ledger_.Execute(query).answer, receipt_);
  EXPECT_EQ(device().highest_counter, counter_);
  ExpectRefused(query, Rejection::kStaleCounter);
  ExpectRefused(ReceiptQuery(id, FormatPaymentId(id)), Rejection::kConflictingCounter);
}

TEST_F(ReceiptQueryTest, ABlockedDeviceLearnsNothing) {
  const PaymentId id = Confirmed();
  device().state = DeviceState::kSuspended;
  EXPECT_EQ(DeclineReasonOf(Ask(kPayer, id)), payments::v1::DECLINE_REASON_DEVICE_BLOCKED);
  device().state = DeviceState::kActive;
  EXPECT_EQ(Ask(kPayer, id).answer, receipt_);
}

// Whatever the history and whatever the bytes of the query: a receipt is the stored one, of a
// confirmed payment, and goes to its payer or payee.
class ReceiptFuzzTest : public ReceiptQueryTest, public ::testing::WithParamInterface<uint32_t> {
 protected:
  void ExpectSound(uint32_t device, const Outcome& outcome) {
    if (outcome.answer.type != sealing::v1::MESSAGE_TYPE_RECEIPT) return;
    ++receipts_;
    const auto id = ParsePaymentId(ReceiptOf(outcome).payment_id());
    ASSERT_TRUE(id.ok());
    const Payment& payment = ledger_.payment(*id);
    EXPECT_EQ(payment.state, payments::v1::PAYMENT_STATE_CONFIRMED);
    EXPECT_EQ(outcome.answer, payment.outcome);
    const int64_t viewer = ledger_.devices.at(device).account_id;
    EXPECT_TRUE(viewer == payment.payer_account_id || viewer == payment.payee_account_id);
  }

  int receipts_ = 0;
};

TEST_P(ReceiptFuzzTest, NobodyGetsAnothersOrAnUnconfirmedOne) {
  std::mt19937 random(GetParam());
  std::vector<PaymentId> made;
  for (int i = 0; i < 12; ++i) {
    const auto kind = random() % 5;
    made.push_back(kind == 0   ? Authorized()
                   : kind == 1 ? Declined()
                   : kind == 2 ? Expired(random() % 2 == 0)
                               : Confirmed());
  }
  made.push_back(Confirmed());
  for (int i = 0; i < 500; ++i) {
    const uint32_t device = kDevices[random() % 4];
    Message query =
        ReceiptQuery({device, ++counter_}, FormatPaymentId(made[random() % made.size()]));
    for (auto flips = random() % 3; flips > 0; --flips) {
      char& byte = query.body[random() % query.body.size()];
      byte = static_cast<char>(byte ^ (1 << (random() % 7)));
    }
    ExpectSound(device, ledger_.Execute(query));
  }
  EXPECT_GT(receipts_, 0);
  EXPECT_EQ(ledger_.SumOfEntries(), 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ReceiptFuzzTest, ::testing::Range(1u, 21u));

}  // namespace
}  // namespace signet::payment_platform
