// A new device, enrolled as its owner and its operator do it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/new_device.h"
#include "tests/support/stack.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

TEST(Enrollment, OnlyTheDeviceCaThatTheDeviceWasGivenEnrollsIt) {
  const Stack stack;
  NewDevice device(stack);
  const std::string code = device.Path("code");
  const auto added =
      stack.Operator({"device", "add", "alice", "--name", "tablet", "--code-file", code});
  ASSERT_EQ(added.exit_code, 0) << added.err;

  device.StartAgent({});
  const auto unknown = device.Terminal({"enroll", "--code-file", code});
  EXPECT_EQ(unknown.exit_code, 7);
  EXPECT_THAT(unknown.err, HasSubstr("--device-ca"));

  // To a device that was given another CA, the operator's own answer is a forgery.
  device.StartAgent({"--device-ca", stack.dir() + "/pki/ca.pem"});
  const auto refused = device.Terminal({"enroll", "--code-file", code});
  EXPECT_EQ(refused.exit_code, 4) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("did not sign"));
  EXPECT_EQ(device.Terminal({"balance"}).exit_code, 7);

  // The enrollment goes on where it was refused, without the code.
  device.StartAgent({"--device-ca", stack.dir() + "/hsm/device-ca.pem"});
  const auto enrolled = device.Terminal({"enroll"});
  EXPECT_EQ(enrolled.exit_code, 0) << enrolled.err;

  device.StartAgent({});
  const auto balance = device.Terminal({"balance"});
  EXPECT_EQ(balance.exit_code, 0) << balance.err;
}

}  // namespace
}  // namespace signet::testing
