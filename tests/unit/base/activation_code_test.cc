#include "libs/base/activation_code.h"

#include <gtest/gtest.h>

#include <string>

#include "libs/base/hex.h"

namespace signet {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view kCheckAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U";

Secret Seed(std::string_view hex) { return Secret(*FromHex(hex)); }

// 00 01 02 … 0f and ff × 16: codes computed by an independent program from Crockford's definition.
const char kCountingCode[] = "00041-06105-0R3GG-28A1C-60T3G-F6";
const char kCountingSeed[] = "000102030405060708090a0b0c0d0e0f";

std::string WithoutHyphens(std::string code) {
  std::erase(code, '-');
  return code;
}

TEST(ActivationCode, KnownAnswers) {
  EXPECT_EQ(FormatActivationCode(Seed(kCountingSeed)), kCountingCode);
  EXPECT_EQ(FormatActivationCode(Secret(std::string(16, '\xff'))),
            "7ZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-Z*");
  EXPECT_EQ(FormatActivationCode(Secret(std::string(16, '\0'))),
            "00000-00000-00000-00000-00000-00");
}

TEST(ActivationCode, RoundTrip) {
  for (int bit = 0; bit < 128; ++bit) {
    std::string bytes(16, '\0');
    bytes[static_cast<size_t>(bit / 8)] = static_cast<char>(1 << (bit % 8));
    const auto parsed = ParseActivationCode(FormatActivationCode(Secret(bytes)));
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(ToHex(parsed->reveal()), ToHex(bytes));
  }
}

TEST(ActivationCode, ReadsWhatPeopleWrite) {
  for (const char* code : {"00041-06105-0r3gg-28a1c-60t3g-f6", "00041061050R3GG28A1C60T3GF6",
                           " 00041 06105 0R3GG 28A1C 60T3G F6 ", "OOO4I-O6lo5-oR3GG-28AiC-6oT3G-F6",
                           "0-0-0-41--06105-0R3GG-28A1C-60T3G-F6"}) {
    const auto parsed = ParseActivationCode(code);
    ASSERT_TRUE(parsed.ok()) << code << ": " << parsed.status();
    EXPECT_EQ(ToHex(parsed->reveal()), kCountingSeed);
  }
  // The check symbol U in lower case: remainder 36.
  const std::string code = FormatActivationCode(Secret(std::string(15, '\0') + '\x24'));
  EXPECT_EQ(code.back(), 'U');
  EXPECT_TRUE(ParseActivationCode("00000-00000-00000-00000-00001-4u").ok());
}

TEST(ActivationCode, EveryWrongSymbolIsFound) {
  const std::string good = WithoutHyphens(kCountingCode);
  int tried = 0;
  for (size_t i = 0; i < good.size(); ++i) {
    for (const char c : i + 1 == good.size() ? kCheckAlphabet : kAlphabet) {
      if (c == good[i]) continue;
      std::string bad = good;
      bad[i] = c;
      EXPECT_EQ(ParseActivationCode(bad).status().code(), absl::StatusCode::kInvalidArgument)
          << bad;
      ++tried;
    }
  }
  EXPECT_EQ(tried, 26 * 31 + 36);
}

TEST(ActivationCode, EverySwapOfNeighboursIsFound) {
  int tried = 0;
  for (const char* hex : {kCountingSeed, "f0e1d2c3b4a5968778695a4b3c2d1e0f"}) {
    const std::string good = WithoutHyphens(FormatActivationCode(Seed(hex)));
    for (size_t i = 0; i + 1 < good.size(); ++i) {
      if (good[i] == good[i + 1]) continue;
      std::string bad = good;
      std::swap(bad[i], bad[i + 1]);
      EXPECT_FALSE(ParseActivationCode(bad).ok()) << bad;
      ++tried;
    }
  }
  EXPECT_GT(tried, 30);
}

TEST(ActivationCode, Refused) {
  for (const char* code :
       {"", "-", "00041-06105-0R3GG-28A1C-60T3G-F", "00041-06105-0R3GG-28A1C-60T3G-F66",
        "00041-06105-0R3GG-28A1C-60T3G-F!", "U0041-06105-0R3GG-28A1C-60T3G-F6",
        "*0041-06105-0R3GG-28A1C-60T3G-F6", "00041_06105_0R3GG_28A1C_60T3G_F6", "\xff\xfe"}) {
    EXPECT_EQ(ParseActivationCode(code).status().code(), absl::StatusCode::kInvalidArgument)
        << code;
  }
  EXPECT_EQ(ParseActivationCode(std::string(100000, '7')).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// 26 digits have room for 130 bits: the two highest must be zero, or one seed had four codes.
TEST(ActivationCode, BitsBeyondTheSeedAreRefused) {
  int refused = 0;
  for (const char check : kCheckAlphabet) {
    const std::string code = "8" + std::string(25, '0') + check;
    if (!ParseActivationCode(code).ok()) ++refused;
  }
  EXPECT_EQ(refused, 37);
}

TEST(ActivationCode, SeedOfAnotherSizeHasNoCode) {
  EXPECT_EQ(FormatActivationCode(Secret(std::string(15, 'x'))), "");
  EXPECT_EQ(FormatActivationCode(Secret()), "");
}

}  // namespace
}  // namespace signet
