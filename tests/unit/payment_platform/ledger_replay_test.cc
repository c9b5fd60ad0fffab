// What a journal's events amount to, and what the verifier says where they make no sense.
#include "services/payment_platform/store/verify/ledger_replay.h"

#include "gmock/gmock.h"

namespace signet::payment_platform {
namespace {

using platform::v1::JournalBatch;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

JournalBatch Authorized(uint32_t counter) {
  JournalBatch batch;
  auto& event = *batch.add_events()->mutable_payment_authorized();
  event.set_device_id(1);
  event.set_counter(counter);
  event.set_amount_minor(100);
  return batch;
}
JournalBatch Confirmed(uint32_t counter) {
  JournalBatch batch;
  auto& event = *batch.add_events()->mutable_payment_confirmed();
  event.set_device_id(1);
  event.set_counter(counter);
  return batch;
}
Payment Stored(uint32_t counter, payments::v1::PaymentState state) {
  Payment payment;
  payment.id = {1, counter};
  payment.state = state;
  payment.amount_minor = 100;
  return payment;
}

class LedgerReplayTest : public ::testing::Test {
 protected:
  Findings findings_{10};
  LedgerReplay replay_{Slice{}, findings_};
};

TEST_F(LedgerReplayTest, AConfirmationMayBeReadBeforeItsAuthorization) {
  replay_.Apply(Confirmed(1));
  replay_.Apply(Authorized(1));
  replay_.Match(Stored(1, payments::v1::PAYMENT_STATE_CONFIRMED));
  replay_.ReportUnmatched();
  EXPECT_THAT(findings_.Take(), IsEmpty());
}

TEST_F(LedgerReplayTest, EventsHappenOnce) {
  replay_.Apply(Authorized(1));
  replay_.Apply(Authorized(1));
  EXPECT_THAT(findings_.Take(),
              ElementsAre("payment 00000001-00000001 was authorized twice in the journal"));
}

TEST_F(LedgerReplayTest, AConfirmationAloneMakesNoPayment) {
  replay_.Apply(Confirmed(1));
  replay_.Match(Stored(1, payments::v1::PAYMENT_STATE_CONFIRMED));
  EXPECT_THAT(
      findings_.Take(),
      ElementsAre("payment 00000001-00000001: its events in the journal contradict each other"));
}

TEST_F(LedgerReplayTest, AnUnknownKindOfEventIsNamed) {
  JournalBatch batch;
  batch.add_events();
  replay_.Apply(batch);
  EXPECT_THAT(findings_.Take(),
              ElementsAre(HasSubstr("of a kind that this release does not know")));
}

TEST(SliceTest, EveryPaymentAndAccountIsInExactlyOne) {
  for (uint32_t counter = 1; counter < 200; ++counter) {
    int holders = 0;
    int account_holders = 0;
    for (uint64_t index = 0; index < 7; ++index) {
      const Slice slice{index, 7};
      holders += slice.Holds(PaymentId{3, counter}) ? 1 : 0;
      account_holders += slice.Holds(int64_t{counter}) ? 1 : 0;
    }
    EXPECT_EQ(holders, 1);
    EXPECT_EQ(account_holders, 1);
  }
}

TEST(FindingsTest, AreBounded) {
  Findings findings(2);
  for (int i = 0; i < 5; ++i) findings.Add("x");
  EXPECT_EQ(findings.room(), 0U);
  EXPECT_EQ(findings.Take().size(), 2U);
}

}  // namespace
}  // namespace signet::payment_platform
