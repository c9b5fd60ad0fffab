// A payment whose outcome was unknown (exit code 6) holds nobody up: the next `pay` ends it first,
// and a terminal's container by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/stack.h"

namespace signet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class OpenPayment : public ::testing::Test {
 protected:
  // Open in the agent, as after a crash or a lost network. It is of 12.50 EUR.
  void LeaveOpen(const std::string& attack) {
    const ProcessResult open = stack_.Attack("alice", {attack, "--amount", "12.50"});
    ASSERT_EQ(open.exit_code, 0) << open.err;
  }
  ProcessResult Pay() {
    return stack_.Terminal("alice", {"--json", "pay", "1.00", "EUR", "--to", "corner-coffee"});
  }
  std::string Balance() {
    return stack_.Sql("SELECT posted_minor, reserved_minor FROM account WHERE handle = 'alice'");
  }

  Stack stack_;
};

TEST_F(OpenPayment, IsEndedBeforeTheNextOneBegins) {
  LeaveOpen("withhold-authorization");
  stack_.Kill("gateway");
  const ProcessResult held = Pay();
  EXPECT_EQ(held.exit_code, 6) << held.err;
  EXPECT_THAT(held.err, AllOf(HasSubstr("no new payment was begun"), HasSubstr("signet resume")));
  EXPECT_EQ(Balance(), "10000|1250");

  stack_.StartServices({"gateway"});
  const ProcessResult paid = Pay();
  ASSERT_EQ(paid.exit_code, 0) << paid.err;
  EXPECT_THAT(paid.err, HasSubstr("warning: payment 00000001-"));
  const auto answer = nlohmann::json::parse(paid.out);
  EXPECT_EQ(answer["amount"]["amountMinor"], "100");
  EXPECT_EQ(answer["earlierOutcome"], "made");
  EXPECT_NE(answer["earlierPaymentId"], answer["paymentId"]);
  EXPECT_EQ(stack_.Terminal("alice", {"receipt", "verify", answer["earlierReceiptFile"]}).exit_code,
            0);
  EXPECT_EQ(Balance(), "8650|0");

  // Where the new payment fails after that, its error says it.
  LeaveOpen("withhold-receipt");
  const ProcessResult declined =
      stack_.Terminal("alice", {"--json", "pay", "1.00", "EUR", "--to", "nobody-here"});
  EXPECT_EQ(declined.exit_code, 3);
  EXPECT_EQ(nlohmann::json::parse(declined.out)["error"]["earlierOutcome"], "made");
  EXPECT_EQ(Balance(), "7400|0");
}

TEST_F(OpenPayment, IsEndedByStandby) {
  LeaveOpen("withhold-authorization");
  const std::string receipts = stack_.dir() + "/devices/alice/terminal/receipts";
  const auto standby =
      RunProgram({"bash", "-c",
                  "\"$1\" standby --admin-listen 127.0.0.1:0 & for ((i = 0; i < 600; ++i)); do "
                  "compgen -G \"$2/*.json\" >/dev/null && break; kill -0 $! || exit 1; "
                  "timeout 0.1 tail --pid=$! -f /dev/null || true; done; kill $!; wait $!",
                  "bash", stack_.dir() + "/alice", receipts});
  EXPECT_EQ(standby.exit_code, 0) << standby.err;
  EXPECT_THAT(standby.err, HasSubstr("open_payment_ended"));
  EXPECT_EQ(Balance(), "8750|0");
  EXPECT_THAT(stack_.Terminal("alice", {"resume"}).err, HasSubstr("nothing is open"));
}

}  // namespace
}  // namespace signet::testing
