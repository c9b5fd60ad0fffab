#include "libs/base/ids.h"

#include <gtest/gtest.h>

namespace signet {
namespace {

TEST(PaymentId, RoundTrip) {
  const PaymentId id{1, 42};
  EXPECT_EQ(FormatPaymentId(id), "00000001-0000002a");
  EXPECT_EQ(*ParsePaymentId("00000001-0000002a"), id);
  const PaymentId last{0xffffffff, 0xffff0000};
  EXPECT_EQ(*ParsePaymentId(FormatPaymentId(last)), last);
}

TEST(PaymentId, OnlyTheCanonicalSpelling) {
  for (const char* text :
       {"", "1-2a", "00000001", "00000001-0000002A", "00000001_0000002a", "00000001-0000002a ",
        " 00000001-0000002a", "00000001-0000002", "00000001--000002a", "0000000g-0000002a",
        "+0000001-0000002a", "00000001-0000002a0", "0x000001-0000002a"}) {
    EXPECT_EQ(ParsePaymentId(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(PaymentId, ZeroBytesInside) {
  EXPECT_FALSE(ParsePaymentId(std::string_view("00000001-0000\0002a", 17)).ok());
}

TEST(DeviceId, RoundTripAndRefusals) {
  EXPECT_EQ(FormatDeviceId(0xdeadbeef), "deadbeef");
  EXPECT_EQ(*ParseDeviceId("deadbeef"), 0xdeadbeef);
  EXPECT_EQ(*ParseDeviceId("00000000"), 0u);
  for (const char* text : {"", "deadbee", "deadbeef0", "DEADBEEF", "-eadbeef", "dead beef"}) {
    EXPECT_EQ(ParseDeviceId(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(Handle, Accepted) {
  for (const char* handle :
       {"ab", "corner-coffee", "a1", "12", "a--b", "abcdefghijklmnopqrstuvwxyz012345"}) {
    EXPECT_TRUE(ValidateHandle(handle).ok()) << handle;
  }
}

TEST(Handle, RefusedWithTheRuleItBreaks) {
  const auto message = [](std::string_view handle) {
    const absl::Status status = ValidateHandle(handle);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  for (const char* handle : {"", "a", "abcdefghijklmnopqrstuvwxyz0123456"}) {
    EXPECT_NE(message(handle).find("2 to 32"), std::string::npos) << handle;
  }
  for (const char* handle : {"Ab", "a_b", "a b", "a.b", "a/b", "\xc3\xa4\xc3\xb6"}) {
    EXPECT_NE(message(handle).find("a-z, 0-9"), std::string::npos) << handle;
  }
  for (const char* handle : {"-ab", "ab-", "--"}) {
    EXPECT_NE(message(handle).find("hyphen"), std::string::npos) << handle;
  }
}

}  // namespace
}  // namespace signet
