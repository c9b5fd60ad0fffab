// What is not confirmed in time is released.
#include "services/payment_platform/expiry_sweeper.h"

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "tests/integration/payment_platform/platform_fixture.h"

namespace signet::testing {
namespace {

using payment_platform::ExpirySweeper;

class ExpirySweeperTest : public PlatformTest {
 protected:
  void SetUp() override {
    PlatformTest::SetUp();
    OpenAccount("alice", "Alice Martin", 10'000);
    OpenAccount("corner-coffee", "Corner Coffee", 0);
    device_ = AddActiveDevice("alice");
  }
  std::string Reserved() {
    return Sql("SELECT reserved_minor FROM account WHERE handle = 'alice'");
  }
  uint32_t device_ = 0;
};

TEST_F(ExpirySweeperTest, ReleasesWhatIsDueAndNothingElse) {
  ExpirySweeper sweeper(*database_, *batcher_, clock_, {absl::Seconds(1), 2});
  for (uint32_t counter = 1; counter <= 3; ++counter) Instruct(device_, counter, 100);
  clock_.Advance(60'000);
  Instruct(device_, 4, 100);
  EXPECT_EQ(*sweeper.SweepOnce(), 0U);
  clock_.Advance(60'000);
  EXPECT_EQ(*sweeper.SweepOnce(), 2U) << "a page";
  EXPECT_EQ(*sweeper.SweepOnce(), 1U) << "the rest";
  EXPECT_EQ(*sweeper.SweepOnce(), 0U);
  EXPECT_EQ(Reserved(), "100");
  EXPECT_EQ(Sql("SELECT count(*) FROM payment WHERE state = 4"), "3");
}

TEST_F(ExpirySweeperTest, LooksByItself) {
  Instruct(device_, 1, 100);
  clock_.Advance(120'000);
  ExpirySweeper sweeper(*database_, *batcher_, clock_, {absl::Milliseconds(1), 100});
  sweeper.Start();
  // Each statement is a look of ours; the sweeper's first one is under way.
  const absl::Time give_up = absl::Now() + absl::Seconds(20);
  while (Reserved() != "0" && absl::Now() < give_up) {
  }
  sweeper.Stop();
  sweeper.Stop();
  EXPECT_EQ(Reserved(), "0");
}

TEST_F(ExpirySweeperTest, SaysThatTheLedgerIsStopping) {
  Instruct(device_, 1, 100);
  clock_.Advance(120'000);
  ExpirySweeper sweeper(*database_, *batcher_, clock_);
  batcher_->Stop();
  EXPECT_EQ(sweeper.SweepOnce().status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace signet::testing
