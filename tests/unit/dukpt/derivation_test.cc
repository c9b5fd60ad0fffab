#include "libs/dukpt/derivation.h"

#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "libs/dukpt/host_walk.h"

namespace signet::dukpt {
namespace {

TEST(Derivation, DataIsTheStandardsLayout) {
  EXPECT_EQ(ToHex(InitialKeyData(KeyType::kAes128, 0x12345678, 0x90123456)),
            "01018001000200801234567890123456");
  EXPECT_EQ(ToHex(DerivationData(KeyUsage::kKeyDerivation, KeyType::kAes256, 0x90123456, 1)),
            "01018000000401009012345600000001"
            "01028000000401009012345600000001");
  EXPECT_EQ(ToHex(DerivationData(KeyUsage::kDataEncryption, KeyType::kAes192, 1, 0xFFFF0000)),
            "01013000000300c000000001ffff0000"
            "01023000000300c000000001ffff0000");
}

TEST(Derivation, KeyBytesAreThoseOfTheType) {
  EXPECT_EQ(KeyBytes(KeyType::kAes128), 16u);
  EXPECT_EQ(KeyBytes(KeyType::kAes192), 24u);
  EXPECT_EQ(KeyBytes(KeyType::kAes256), 32u);
}

TEST(HostWalk, FollowsTheOneBitsFromHighToLow) {
  EXPECT_EQ(PathTo(0b1101), (std::vector<uint32_t>{0b1000, 0b1100, 0b1101}));
  EXPECT_EQ(PathTo(0x80000001), (std::vector<uint32_t>{0x80000000, 0x80000001}));
  EXPECT_EQ(PathTo(0xFFFF0000).size(), 16u);
  EXPECT_TRUE(PathTo(0).empty());
}

TEST(HostWalk, HandsOnTheFirstError) {
  int calls = 0;
  const auto derive = [&](int key, const std::string&) -> absl::StatusOr<int> {
    if (++calls == 2) return absl::UnavailableError("module gone");
    return key + 1;
  };
  const absl::StatusOr<int> key = WalkTo(0, KeyType::kAes256, 1, 0b111, derive);
  EXPECT_EQ(key.status(), absl::UnavailableError("module gone"));
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace signet::dukpt
