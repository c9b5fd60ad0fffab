// What /metrics says of the ledger without anybody asking for its verification.
#include "services/payment_platform/ledger_monitor.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/integration/payment_platform/platform_fixture.h"

namespace signet::testing {
namespace {

using payment_platform::LedgerMonitor;
using ::testing::AllOf;
using ::testing::HasSubstr;

class LedgerMonitorTest : public PlatformTest {
 protected:
  std::string Look() {
    LedgerMonitor monitor(*database_, ledger_metrics_);
    const absl::Status looked = monitor.LookOnce();
    EXPECT_TRUE(looked.ok()) << looked;
    return metrics_.Serialize();
  }
};

TEST_F(LedgerMonitorTest, OpenPaymentsDevicesAndSums) {
  OpenAccount("alice", "Alice Martin", 10'000);
  OpenAccount("corner-coffee", "Corner Coffee", 0);
  const uint32_t device = AddActiveDevice("alice");
  AddPendingDevice("alice", 'p');
  EXPECT_THAT(
      Look(),
      AllOf(HasSubstr("signet_payments_open 0"), HasSubstr("signet_devices{state=\"active\"} 1"),
            HasSubstr("signet_devices{state=\"pending\"} 1"),
            HasSubstr("signet_devices{state=\"revoked\"} 0"),
            HasSubstr("signet_ledger_imbalance{currency=\"EUR\"} 0"),
            HasSubstr("signet_payment_value_minor_units_total{currency=\"EUR\"} 0")));
  Instruct(device, 1, 100);
  EXPECT_THAT(Look(), HasSubstr("signet_payments_open 1"));
  Pay(device, 2, 100);
  EXPECT_THAT(Look(), HasSubstr("signet_payments_open 1"));

  Tamper("UPDATE account SET posted_minor = posted_minor + 7 WHERE handle = 'alice'");
  EXPECT_THAT(Look(), HasSubstr("signet_ledger_imbalance{currency=\"EUR\"} 7"));
}

TEST_F(LedgerMonitorTest, StagesOfPaymentsAreTimed) {
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr("signet_payment_stage_seconds_count{stage=\"confirm\"} 0"));
  OpenAccount("alice", "Alice Martin", 10'000);
  OpenAccount("corner-coffee", "Corner Coffee", 0);
  Pay(AddActiveDevice("alice"), 1);
  EXPECT_THAT(metrics_.Serialize(),
              AllOf(HasSubstr("signet_payment_stage_seconds_count{stage=\"authorize\"} 1"),
                    HasSubstr("signet_payment_stage_seconds_count{stage=\"confirm\"} 1"),
                    HasSubstr("signet_payment_stage_seconds_count{stage=\"open_account\"} 2")));
}

}  // namespace
}  // namespace signet::testing
