#include "libs/base/big_endian.h"

#include <gtest/gtest.h>

#include "libs/base/hex.h"

namespace signet {
namespace {

TEST(BigEndian, AppendsHighestByteFirst) {
  std::string out = "x";
  AppendBigEndian16(out, 0x0102);
  AppendBigEndian32(out, 0xa0b0c0d0);
  EXPECT_EQ(ToHex(out), "780102a0b0c0d0");
}

TEST(BigEndian, ReadsBackWhatItAppended) {
  for (const uint32_t value : {0u, 1u, 0x80u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    std::string out = "ab";
    AppendBigEndian32(out, value);
    EXPECT_EQ(ReadBigEndian32(out, 2), value);
  }
}

}  // namespace
}  // namespace signet
