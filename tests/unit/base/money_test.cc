#include "libs/base/money.h"

#include <gtest/gtest.h>

#include <limits>

#include "libs/base/currency_table.h"

namespace signet {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

int64_t Minor(std::string_view amount, std::string_view currency) {
  const auto money = ParseMoney(amount, currency);
  EXPECT_TRUE(money.ok()) << money.status();
  if (!money.ok()) return -1;
  EXPECT_EQ(money->currency_code, currency);
  return money->amount_minor;
}

std::string Refusal(std::string_view amount, std::string_view currency) {
  const auto money = ParseMoney(amount, currency);
  EXPECT_EQ(money.status().code(), absl::StatusCode::kInvalidArgument) << amount;
  return std::string(money.status().message());
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(MinorUnitDigits, KnownCurrencies) {
  EXPECT_EQ(*MinorUnitDigits("EUR"), 2);
  EXPECT_EQ(*MinorUnitDigits("JPY"), 0);
  EXPECT_EQ(*MinorUnitDigits("BHD"), 3);
  EXPECT_EQ(*MinorUnitDigits("AED"), 2);  // the first
  EXPECT_EQ(*MinorUnitDigits("ZWG"), 2);  // the last
  EXPECT_EQ(std::size(kCurrencies), 155u);
}

TEST(MinorUnitDigits, Refused) {
  // Withdrawn, a fund, gold, test and none; then what is no code at all.
  for (const char* code : {"DEM", "HRK", "ANG", "CHE", "XAU", "XTS", "XXX", "", "E", "EU", "EURO",
                           "eur", "EUR ", "ZZZ", "AAA", "\xff\xff\xff"}) {
    const auto digits = MinorUnitDigits(code);
    EXPECT_EQ(digits.status().code(), absl::StatusCode::kInvalidArgument) << code;
    EXPECT_TRUE(Contains(std::string(digits.status().message()), "ISO 4217")) << code;
  }
  EXPECT_FALSE(MinorUnitDigits(std::string_view("EUR\0", 4)).ok());
}

TEST(ParseMoney, CountsMinorUnits) {
  EXPECT_EQ(Minor("12.50", "EUR"), 1250);
  EXPECT_EQ(Minor("12.5", "EUR"), 1250);
  EXPECT_EQ(Minor("12", "EUR"), 1200);
  EXPECT_EQ(Minor("0.01", "EUR"), 1);
  EXPECT_EQ(Minor("0", "EUR"), 0);
  EXPECT_EQ(Minor("0.00", "EUR"), 0);
  EXPECT_EQ(Minor("007", "JPY"), 7);
  EXPECT_EQ(Minor("1500", "JPY"), 1500);
  EXPECT_EQ(Minor("1.234", "BHD"), 1234);
  EXPECT_EQ(Minor("1.2", "BHD"), 1200);
}

TEST(ParseMoney, LargestAndOneMore) {
  EXPECT_EQ(Minor("9223372036854775807", "JPY"), kMax);
  EXPECT_EQ(Minor("92233720368547758.07", "EUR"), kMax);
  EXPECT_EQ(Minor("9223372036854775.807", "BHD"), kMax);
  EXPECT_TRUE(Contains(Refusal("9223372036854775808", "JPY"), "too large"));
  EXPECT_TRUE(Contains(Refusal("92233720368547758.08", "EUR"), "92233720368547758.07 EUR"));
  EXPECT_TRUE(Contains(Refusal("18446744073709551616", "JPY"), "too large"));
  EXPECT_TRUE(Contains(Refusal(std::string(10000, '9'), "EUR"), "too large"));
  EXPECT_EQ(Minor(std::string(10000, '0') + "5", "JPY"), 5);
}

TEST(ParseMoney, NamesTheCauseAndTheRemedy) {
  EXPECT_TRUE(Contains(Refusal("", "EUR"), "empty"));
  EXPECT_TRUE(Contains(Refusal("-1", "EUR"), "negative"));
  EXPECT_TRUE(Contains(Refusal("1.5", "JPY"), "no decimals"));
  EXPECT_TRUE(Contains(Refusal("1.0", "JPY"), "no decimals"));
  EXPECT_TRUE(Contains(Refusal("1.234", "EUR"), "2 decimals, write it like 12.00"));
  EXPECT_TRUE(Contains(Refusal("1.2345", "BHD"), "3 decimals"));
  EXPECT_TRUE(Contains(Refusal("1", "EURO"), "ISO 4217"));
  for (const char* amount : {"1.", ".5", ".", "1e3", "1,50", "1 000", " 1", "1 ", "+1", "1.2.3",
                             "0x10", "1.-5", "one", "1_000", "NaN", "inf", "\xd9\xa1"}) {
    EXPECT_TRUE(Contains(Refusal(amount, "EUR"), "only digits")) << amount;
  }
  EXPECT_FALSE(ParseMoney(std::string_view("1\0002", 3), "EUR").ok());
}

TEST(FormatMoney, WithTheCurrencysDecimals) {
  EXPECT_EQ(FormatMoney({"EUR", 1250}), "12.50 EUR");
  EXPECT_EQ(FormatMoney({"EUR", 5}), "0.05 EUR");
  EXPECT_EQ(FormatMoney({"EUR", 0}), "0.00 EUR");
  EXPECT_EQ(FormatMoney({"EUR", -1}), "-0.01 EUR");
  EXPECT_EQ(FormatMoney({"EUR", -123456}), "-1234.56 EUR");
  EXPECT_EQ(FormatMoney({"JPY", 1500}), "1500 JPY");
  EXPECT_EQ(FormatMoney({"BHD", 1234}), "1.234 BHD");
}

TEST(FormatMoney, Extremes) {
  EXPECT_EQ(FormatMoney({"EUR", kMax}), "92233720368547758.07 EUR");
  EXPECT_EQ(FormatMoney({"EUR", kMin}), "-92233720368547758.08 EUR");
  EXPECT_EQ(FormatMoney({"JPY", kMin}), "-9223372036854775808 JPY");
  EXPECT_EQ(FormatMoney({"BHD", kMin}), "-9223372036854775.808 BHD");
}

TEST(FormatMoney, UnknownCurrencyInMinorUnits) {
  EXPECT_EQ(FormatMoney({"ZZZ", -7}), "-7 minor units of ZZZ");
}

TEST(FormatMoney, ReadsBack) {
  for (const Currency& currency : kCurrencies) {
    for (const int64_t minor : {int64_t{0}, int64_t{1}, int64_t{99}, int64_t{123456}, kMax}) {
      const std::string text = FormatMoney({std::string(currency.code), minor});
      EXPECT_EQ(Minor(text.substr(0, text.find(' ')), currency.code), minor) << text;
    }
  }
}

TEST(CheckedAdd, Overflow) {
  EXPECT_EQ(*CheckedAdd(kMax - 1, 1), kMax);
  EXPECT_EQ(*CheckedAdd(kMin + 1, -1), kMin);
  EXPECT_EQ(*CheckedAdd(kMax, kMin), -1);
  EXPECT_EQ(CheckedAdd(kMax, 1).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(CheckedAdd(kMin, -1).status().code(), absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace signet
