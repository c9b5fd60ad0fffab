// A hardware module that was restored from an older copy: the open payment's keys are gone, and the
// device finds its way out of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/time/clock.h"
#include "tests/support/stack.h"

namespace signet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class LostKeys : public ::testing::Test {
 protected:
  // A malicious app keeps an answer back; then the module goes back to what it was before.
  void RestoreTokenAfter(const std::string& attack) {
    namespace fs = std::filesystem;
    const fs::path tokens = stack_.dir() + "/devices/alice/token/tokens";
    const fs::path copy = stack_.dir() + "/tokens-before";
    fs::copy(tokens, copy, fs::copy_options::recursive);
    const ProcessResult open = stack_.Attack("alice", {attack, "--amount", "12.50"});
    ASSERT_EQ(open.exit_code, 0) << open.err;
    stack_.Kill("agent-alice");
    fs::remove_all(tokens);
    fs::copy(copy, tokens, fs::copy_options::recursive);
    stack_.Start();
  }
  ProcessResult Resume() { return stack_.Terminal("alice", {"--json", "resume"}); }
  ProcessResult Pay() {
    return stack_.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"});
  }
  std::string Balance() {
    return stack_.Sql("SELECT posted_minor, reserved_minor FROM account WHERE handle = 'alice'");
  }

  Stack stack_;
};

TEST_F(LostKeys, AMadePaymentEndsWithItsReceipt) {
  RestoreTokenAfter("withhold-receipt");
  const ProcessResult resumed = Resume();
  ASSERT_EQ(resumed.exit_code, 0) << resumed.out << resumed.err;
  const auto receipt = nlohmann::json::parse(resumed.out);
  EXPECT_EQ(receipt["amount"]["amountMinor"], "1250");
  EXPECT_EQ(stack_.Terminal("alice", {"receipt", "verify", receipt["receiptFile"]}).exit_code, 0);
  EXPECT_EQ(Balance(), "8750|0");
  EXPECT_THAT(Resume().err, HasSubstr("nothing is open"));
  const ProcessResult next = Pay();
  EXPECT_EQ(next.exit_code, 0) << next.err;
  EXPECT_EQ(Balance(), "8650|0");
  EXPECT_EQ(stack_.Operator({"ledger", "verify"}).exit_code, 0);
}

TEST_F(LostKeys, AnAuthorizedPaymentWaitsUntilItExpires) {
  RestoreTokenAfter("withhold-authorization");
  const ProcessResult waiting = Resume();
  EXPECT_EQ(waiting.exit_code, 6);
  EXPECT_THAT(waiting.err, AllOf(HasSubstr("must wait"), HasSubstr("no longer holds the keys"),
                                 HasSubstr("run `signet resume` after that")));
  EXPECT_EQ(Balance(), "10000|1250");
  const ProcessResult held = Pay();
  EXPECT_EQ(held.exit_code, 6) << "it is still open";
  EXPECT_THAT(held.err, HasSubstr("no new payment was begun"));

  // Its time is over, and the platform's next look releases it.
  stack_.Sql("UPDATE payment SET expires_at_unix_ms = created_at_unix_ms + 1");
  const absl::Time give_up = absl::Now() + absl::Seconds(30);
  ProcessResult resumed = Resume();
  while (resumed.exit_code == 6 && absl::Now() < give_up) resumed = Resume();
  EXPECT_EQ(resumed.exit_code, 3) << resumed.err;
  EXPECT_EQ(nlohmann::json::parse(resumed.out)["error"]["reason"], "DECLINE_REASON_EXPIRED");
  EXPECT_THAT(resumed.err, AllOf(HasSubstr("it has expired"), HasSubstr("moved no money")));
  EXPECT_EQ(Balance(), "10000|0");
  const ProcessResult next = Pay();
  EXPECT_EQ(next.exit_code, 0) << next.err;
}

}  // namespace
}  // namespace signet::testing
