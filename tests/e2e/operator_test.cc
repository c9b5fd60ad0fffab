// Who may do what with signetctl.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/stack.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

TEST(Operator, AnAuditorLooksAndChangesNothing) {
  Stack stack;
  ASSERT_EQ(stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"}).exit_code, 0);
  const std::string own = stack.dir() + "/auditor";
  ASSERT_EQ(
      stack.Operator({"pki", "issue", "auditor/night", "--ca", stack.dir() + "/pki", "--out", own})
          .exit_code,
      0);
  const auto audit = [&](std::vector<std::string> command) {
    const std::vector<std::string> identity = {"--tls-certificate", own + "/tls.pem", "--tls-key",
                                               own + "/tls.key"};
    command.insert(command.end(), identity.begin(), identity.end());
    return stack.Operator(command);
  };
  EXPECT_EQ(audit({"status"}).exit_code, 0);
  EXPECT_EQ(audit({"account", "show", "alice"}).exit_code, 0);
  EXPECT_EQ(audit({"device", "list"}).exit_code, 0);
  const auto verified = audit({"ledger", "verify"});
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_THAT(verified.err, HasSubstr("2 signatures of devices are right"));

  const std::vector<std::vector<std::string>> changes = {
      {"account", "create", "mallory", "EUR", "--name", "M", "--kind", "customer", "--deposit",
       "1000000.00", "--limit", "1000000.00"},
      {"account", "block", "alice"},
      {"account", "unblock", "alice"},
      {"device", "add", "alice", "--name", "x"},
      {"device", "suspend", "00000001"},
      {"device", "resume", "00000001"},
      {"device", "revoke", "00000001", "--yes"},
  };
  for (const auto& change : changes) {
    EXPECT_EQ(audit(change).exit_code, 4) << change[0] << " " << change[1];
  }
  EXPECT_EQ(stack.Sql("SELECT count(*) FROM account WHERE handle = 'mallory'"), "0");
  EXPECT_EQ(stack.Terminal("alice", {"pay", "1.00", "EUR", "--to", "corner-coffee"}).exit_code, 0);
}

}  // namespace
}  // namespace signet::testing
