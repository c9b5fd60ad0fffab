#include "libs/program/json_text.h"

#include <string>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace signet::serving {
namespace {

std::string Quoted(const std::string& text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

TEST(JsonTextTest, PlainTextIsQuoted) {
  EXPECT_EQ(Quoted(""), "\"\"");
  EXPECT_EQ(Quoted("Zürich, 東京, 🙂"), "\"Zürich, 東京, 🙂\"");
}

TEST(JsonTextTest, NothingEndsTheStringOrTheLine) {
  EXPECT_EQ(Quoted("a\"b\\c\nd\re\tf"), R"("a\"b\\c\nd\re\tf")");
  EXPECT_EQ(Quoted(std::string("\0\x01\x1f\x7f", 4)), R"("\u0000\u0001\u001f\u007f")");
  EXPECT_EQ(Quoted("\x1b[31m"), R"("\u001b[31m")");
}

TEST(JsonTextTest, EveryByteGivesJsonThatParses) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = "a" + std::string(1, static_cast<char>(byte)) + "z";
    const auto parsed = nlohmann::json::parse(Quoted(text));
    EXPECT_EQ(parsed.get<std::string>(), byte < 128 ? text : "a\xEF\xBF\xBDz");
  }
}

TEST(JsonTextTest, BytesThatAreNotUtf8AreReplaced) {
  constexpr char kBad[] = "\xEF\xBF\xBD";
  EXPECT_EQ(Quoted("\xC0\xAF"), std::string("\"") + kBad + kBad + "\"");             // overlong
  EXPECT_EQ(Quoted("\xE0\x80\xAF"), std::string("\"") + kBad + kBad + kBad + "\"");  // overlong
  EXPECT_EQ(Quoted("\xED\xA0\x80"), std::string("\"") + kBad + kBad + kBad + "\"");  // surrogate
  EXPECT_EQ(Quoted("\xF4\x90\x80\x80"),
            std::string("\"") + kBad + kBad + kBad + kBad + "\"");        // above U+10FFFF
  EXPECT_EQ(Quoted("\xE2\x82"), std::string("\"") + kBad + kBad + "\"");  // cut off
  EXPECT_EQ(Quoted("\xE2\x82\xAC\xE2"), std::string("\"\xE2\x82\xAC") + kBad + "\"");
}

}  // namespace
}  // namespace signet::serving
