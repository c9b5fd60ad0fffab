#include "terminal_client/text.h"

#include "gtest/gtest.h"

namespace signet::terminal {
namespace {

TEST(Text, KnowsUtf8) {
  for (const char* good : {"", "plain", "caf\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8D\xB5"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  for (const char* bad :
       {"\x80", "\xC3", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "a\xFF", "\xE2\x82"}) {
    EXPECT_FALSE(IsUtf8(bad));
  }
}

TEST(Text, PrintsNothingThatMovesTheCursorOrTurnsTheText) {
  EXPECT_EQ(Printable("Corner Caf\xC3\xA9"), "Corner Caf\xC3\xA9");
  EXPECT_EQ(Printable("a\x1B[2Jb\n\r\x07\x7F"), "a?[2Jb????");
  EXPECT_EQ(Printable("a\xC2\x9B"), "a?");  // C1
  EXPECT_EQ(Printable("eur 1\xE2\x80\xAE"
                      "00"),
            "eur 1?00");  // right-to-left override
  EXPECT_EQ(Printable("\xFF\xE2\x82"), "???");
  EXPECT_EQ(Printable(std::string("\0", 1)), "?");
}

TEST(Text, ShowsMoney) {
  payments::v1::Money money;
  money.set_currency_code("EUR");
  money.set_amount_minor(1250);
  EXPECT_EQ(ShowMoney(money), "12.50 EUR");
}

}  // namespace
}  // namespace signet::terminal
