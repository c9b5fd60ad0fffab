#include "operator_cli/commands/ledger_commands.h"

#include <sstream>

#include "gmock/gmock.h"
#include "libs/program/program.h"

namespace signet::operator_cli {
namespace {

using ::testing::HasSubstr;

TEST(ReportVerificationTest, AConsistentLedgerIsOk) {
  std::ostringstream out;
  std::ostringstream err;
  cli::Output output(out, err, {});
  platform::v1::VerifyLedgerResponse verdict;
  verdict.set_consistent(true);
  verdict.set_batches(3);
  (*verdict.mutable_imbalance_minor())["EUR"] = 0;
  EXPECT_TRUE(ReportVerification(verdict, output).ok());
  EXPECT_THAT(out.str(), HasSubstr("ledger      consistent\n"));
  EXPECT_THAT(out.str(), HasSubstr("sum of EUR  0.00 EUR\n"));
}

TEST(ReportVerificationTest, FindingsAreListedAndEndWithOne) {
  std::ostringstream out;
  std::ostringstream err;
  cli::Output output(out, err, {});
  platform::v1::VerifyLedgerResponse verdict;
  verdict.add_findings("chain 1, batch 2: its hash does not fit its contents");
  const absl::Status status = ReportVerification(verdict, output);
  EXPECT_EQ(serving::ExitCodeOf(status), serving::ExitCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("1 finding"));
  EXPECT_THAT(out.str(), HasSubstr("finding: chain 1, batch 2: its hash"));
}

}  // namespace
}  // namespace signet::operator_cli
