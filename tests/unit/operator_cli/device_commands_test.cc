#include "operator_cli/commands/device_commands.h"

#include "gtest/gtest.h"

namespace signet::operator_cli {
namespace {

TEST(ParseTtlTest, ReadsEachUnit) {
  EXPECT_EQ(*ParseTtl("60s"), 60);
  EXPECT_EQ(*ParseTtl("30m"), 1800);
  EXPECT_EQ(*ParseTtl("24h"), 86'400);
  EXPECT_EQ(*ParseTtl("7d"), 604'800);
}

TEST(ParseTtlTest, RefusesTheRest) {
  for (const char* text : {"", "h", "24", "1.5h", "-1h", "24 hours", "59s", "0m", "8d", "169h",
                           "999999999999999999h", "99999999999999999999d"}) {
    EXPECT_EQ(ParseTtl(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(DescribeDeviceTest, ShowsWhatIsNotYet) {
  platform::v1::Device device;
  device.set_device_id("0000002a");
  device.set_state(platform::v1::DEVICE_STATE_PENDING);
  const cli::Fields fields = DescribeDevice(device);
  EXPECT_EQ(fields.front().second, "0000002a");
  EXPECT_EQ(fields.back(), (std::pair<std::string, std::string>("enrolled", "-")));
}

TEST(DeviceStateNameTest, NamesEachState) {
  EXPECT_EQ(DeviceStateName(platform::v1::DEVICE_STATE_PENDING), "pending");
  EXPECT_EQ(DeviceStateName(platform::v1::DEVICE_STATE_ACTIVE), "active");
  EXPECT_EQ(DeviceStateName(platform::v1::DEVICE_STATE_SUSPENDED), "suspended");
  EXPECT_EQ(DeviceStateName(platform::v1::DEVICE_STATE_REVOKED), "revoked");
  EXPECT_EQ(DeviceStateName(platform::v1::DEVICE_STATE_UNSPECIFIED), "unknown");
}

}  // namespace
}  // namespace signet::operator_cli
