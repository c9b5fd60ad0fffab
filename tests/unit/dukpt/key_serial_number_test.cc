#include "libs/dukpt/key_serial_number.h"

#include <bit>
#include <random>

#include "gtest/gtest.h"

namespace signet::dukpt {
namespace {

TEST(KeySerialNumber, IsBdkThenDeviceThenCounterBigEndian) {
  const std::string expected("\x12\x34\x56\x78\x90\x12\x34\x56\x00\x00\x00\x2a", kKsnBytes);
  EXPECT_EQ(Serialize({0x12345678, 0x90123456, 0x2a}), expected);
  const auto parsed = ParseKeySerialNumber(expected);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, (KeySerialNumber{0x12345678, 0x90123456, 0x2a}));
}

TEST(KeySerialNumber, RefusesEveryOtherLength) {
  const std::string ksn = Serialize({1, 2, 3});
  for (size_t size = 0; size < 2 * kKsnBytes; ++size) {
    std::string bytes = ksn;
    bytes.resize(size, '\x01');
    EXPECT_EQ(ParseKeySerialNumber(bytes).ok(), size == kKsnBytes) << size;
  }
}

TEST(KeySerialNumber, RefusesCountersThatNoDeviceUses) {
  for (const uint32_t counter : {0u, 0xFFFFFFFFu, 0x0001FFFFu, 0xFFFF0001u, 0xFFFF8000u}) {
    EXPECT_FALSE(IsUsableCounter(counter)) << counter;
    const auto parsed = ParseKeySerialNumber(Serialize({1, 2, counter}));
    EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
  }
  for (const uint32_t counter : {1u, 0xFFFFu, 0x80000000u, kLastCounter}) {
    EXPECT_TRUE(IsUsableCounter(counter)) << counter;
    EXPECT_TRUE(ParseKeySerialNumber(Serialize({1, 2, counter})).ok());
  }
}

TEST(KeySerialNumber, SurvivesTheRoundTrip) {
  std::mt19937 random(1);
  for (int i = 0; i < 10'000; ++i) {
    const KeySerialNumber ksn{static_cast<uint32_t>(random()), static_cast<uint32_t>(random()),
                              static_cast<uint32_t>(random())};
    const auto parsed = ParseKeySerialNumber(Serialize(ksn));
    ASSERT_EQ(parsed.ok(), ksn.counter != 0 && std::popcount(ksn.counter) <= 16);
    if (parsed.ok()) {
      ASSERT_EQ(*parsed, ksn);
    }
  }
}

}  // namespace
}  // namespace signet::dukpt
