#include "libs/base/text.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/limits.h"

namespace signet {
namespace {

using ::testing::HasSubstr;

struct Case {
  std::string text;
  std::string why;    // of the refusal; empty where it is allowed in
  std::string shown;  // as it is safe to show
};

// Every place where text comes in or is shown uses these two functions; so this table is theirs.
std::vector<Case> Cases() {
  return {
      {"", "", ""},
      {"Corner Coffee", "", "Corner Coffee"},
      {"caf\u00E9 \u20AC \u65E5\u672C\u8A9E \U0001F375", "",
       "caf\u00E9 \u20AC \u65E5\u672C\u8A9E \U0001F375"},
      {"\u0627\u0644\u0642\u0647\u0648\u0629", "",
       "\u0627\u0644\u0642\u0647\u0648\u0629"},  // Arabic by itself
      // Not UTF-8: Latin-1, cut short, overlong, a surrogate, above U+10FFFF.
      {"Bj\xF6rk", "byte 3 is not UTF-8", "Bj?rk"},
      {"a\xE2\x82", "byte 2 is not UTF-8", "a??"},
      {"\xC0\xAF", "byte 1 is not UTF-8", "??"},
      {"ab\xE0\x80\x80", "byte 3 is not UTF-8", "ab???"},
      {"\xED\xA0\x80", "byte 1 is not UTF-8", "???"},
      {"\xF0\x80\x80\x80", "byte 1 is not UTF-8", "????"},
      {"\xF4\x90\x80\x80", "byte 1 is not UTF-8", "????"},
      {"\xFF", "byte 1 is not UTF-8", "?"},
      // Controls.
      {std::string("a\0b", 3), "byte 2 (U+0000) is a control character", "a?b"},
      {"a\nb", "byte 2 (U+000A) is a control character", "a?b"},
      {"\x1b[2J", "byte 1 (U+001B) is a control character", "?[2J"},
      {"a\x7F", "byte 2 (U+007F) is a control character", "a?"},
      {"\u00E9\u0085", "byte 3 (U+0085) is a control character", "\u00E9?"},
      {"a\u009B", "byte 2 (U+009B) is a control character", "a?"},
      {"a\u2028b", "byte 2 (U+2028) is a line's or a paragraph's end", "a?b"},
      // What turns the direction of writing, or has no width.
      {"a\u202Eb", "byte 2 (U+202E) is invisible, or turns the direction", "a?b"},
      {"a\u2066b\u2069", "byte 2 (U+2066) is invisible, or turns the direction", "a?b?"},
      {"a\u061Cb", "byte 2 (U+061C) is invisible, or turns the direction", "a?b"},
      {"a\u200Fb", "byte 2 (U+200F) is invisible, or turns the direction", "a?b"},
      {"a\u200Bb", "byte 2 (U+200B) is invisible, or turns the direction", "a?b"},
      {"a\u200Db", "byte 2 (U+200D) is invisible, or turns the direction", "a?b"},
      {"a\u00ADb", "byte 2 (U+00AD) is invisible, or turns the direction", "a?b"},
      {"\uFEFFab", "byte 1 (U+FEFF) is invisible, or turns the direction", "?ab"},
      {"a\u3164b", "byte 2 (U+3164) is invisible, or turns the direction", "a?b"},
      {"a\uFE0F", "byte 2 (U+FE0F) is invisible, or turns the direction", "a?"},
      {"a\U000E0041", "byte 2 (U+E0041) is invisible, or turns the direction", "a?"},
      {"a\uFFFF", "byte 2 (U+FFFF) is no character of Unicode", "a?"},
      // Equal to the eye, unequal in bytes: only one of them is allowed in; both are safe to show.
      {"cafe\u0301", "byte 4 is not in Unicode's composed form (NFC)", "cafe\u0301"},
      {"\u212B", "byte 1 is not in Unicode's composed form (NFC)", "\u212B"},
      {"a\u0323\u0307", "byte 1 is not in Unicode's composed form (NFC)", "a\u0323\u0307"},
  };
}

TEST(TextTest, EachTextIsAllowedInOrRefusedWithItsPlace) {
  for (const Case& one : Cases()) {
    const absl::Status status = CheckText("the reference", one.text, kMaxReferenceBytes);
    EXPECT_EQ(status.ok(), one.why.empty()) << one.shown << ": " << status;
    if (one.why.empty()) continue;
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("the reference: " + one.why));
  }
}

TEST(TextTest, EachTextIsShownSafely) {
  for (const Case& one : Cases()) EXPECT_EQ(Printable(one.text), one.shown);
}

TEST(TextTest, WhatIsAllowedInIsShownAsItIs) {
  for (const Case& one : Cases()) {
    if (CheckText("it", one.text, 100).ok()) EXPECT_EQ(Printable(one.text), one.text);
  }
}

// A message goes to a terminal, a log or over gRPC.
TEST(TextTest, ARefusalNeverRepeatsTheText) {
  for (const Case& one : Cases()) {
    const absl::Status status = CheckName("the name", one.text, 100);
    EXPECT_EQ(Printable(status.message()), status.message());
  }
}

TEST(TextTest, TheLengthIsOfBytesAndToldInCharactersToo) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "\u00E9";
  EXPECT_TRUE(CheckText("it", text, kMaxNameBytes).ok());
  const absl::Status status = CheckText("it", text + "x", kMaxNameBytes);
  EXPECT_THAT(std::string(status.message()), HasSubstr("101 bytes (51 characters)"));
}

TEST(TextTest, ANameIsNotEmptyAndHasNoSpaceAtItsEnds) {
  EXPECT_TRUE(CheckName("the name", "Corner Coffee", kMaxNameBytes).ok());
  for (const char* name : {"", " ", " a", "a ", "\u3000a", "a\u00A0", "a\tb"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CheckName("the name", name, kMaxNameBytes))) << name;
  }
}

}  // namespace
}  // namespace signet
