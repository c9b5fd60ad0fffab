// Malware on the phone, against the whole system.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/stack.h"

namespace signet::testing {
namespace {

TEST(Attack, AlteredReplayedAndSwappedMessagesGainNothing) {
  Stack stack;
  for (const std::string attack : {"tamper", "replay", "swap-authorization", "swap-receipt"}) {
    const auto result = stack.Attack("alice", {attack});
    EXPECT_EQ(result.exit_code, 0) << attack << ": " << result.err;
  }
  EXPECT_EQ(stack.Operator({"ledger", "verify"}).exit_code, 0);
  // tamper 1, replay 1, swap-authorization 2, swap-receipt 2 honest payments of 1.00
  EXPECT_EQ(stack.Sql("SELECT posted_minor FROM account WHERE handle = 'alice'"), "9400");
}

TEST(Attack, AMessageIsRefusedOnAnotherDevicesChannel) {
  Stack stack;
  const auto result =
      stack.Attack("alice", {"foreign-channel", "--other", stack.dir() + "/devices/coffee"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

TEST(Attack, ThePersonSeesTheTrueAmountWhateverTheAppShows) {
  Stack stack({{"coffee", SourceDir() + "/tests/support/careful-person.sh"}});
  WriteFile(stack.dir() + "/devices/coffee/means-to-pay", "0.50 EUR");
  const auto result =
      stack.Attack("coffee", {"swap-amount", "--amount", "80.00", "--payee", "alice"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

}  // namespace
}  // namespace signet::testing
