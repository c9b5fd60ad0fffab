#include "libs/base/hex.h"

#include <gtest/gtest.h>

namespace signet {
namespace {

TEST(Hex, EveryByteBothWays) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  const std::string hex = ToHex(bytes);
  EXPECT_EQ(hex.substr(0, 8), "00010203");
  EXPECT_EQ(hex.substr(504), "fcfdfeff");
  EXPECT_EQ(*FromHex(hex), bytes);
}

TEST(Hex, EitherCaseAndEmpty) {
  EXPECT_EQ(*FromHex("aBcD"), "\xab\xcd");
  EXPECT_EQ(*FromHex(""), "");
  EXPECT_EQ(ToHex(""), "");
}

TEST(Hex, Refused) {
  for (const char* text : {"a", "abc", "0g", "g0", "0x", " 0", "-1", "\xff\xff"}) {
    EXPECT_EQ(FromHex(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace signet
