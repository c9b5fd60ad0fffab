#include "libs/program/config_file.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::serving {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string ErrorOf(const std::string& text) {
  const auto entries = ParseConfigFile(text);
  EXPECT_EQ(entries.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(entries.status().message());
}

TEST(ConfigFileTest, EveryKindOfValue) {
  const auto entries = ParseConfigFile(
      "# comment\r\n"
      "listen = \"127.0.0.1:0\" # comment\n"
      "\n"
      "database=\"host=/run dbname='a b' # not a comment\\\"\\\\\\t\"\n"
      "path = 'C:\\x'\n"
      "rate = -12\n"
      "quiet = true\n"
      "[run.more]\n"
      "list = [ \"a,b\", 2, false ]\n"
      "none = []");
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 7U);
  EXPECT_EQ((*entries)[0].key, "listen");
  EXPECT_EQ((*entries)[0].line, 2);
  EXPECT_THAT((*entries)[0].table, IsEmpty());
  EXPECT_THAT((*entries)[0].values, ElementsAre("127.0.0.1:0"));
  EXPECT_THAT((*entries)[1].values, ElementsAre("host=/run dbname='a b' # not a comment\"\\\t"));
  EXPECT_THAT((*entries)[2].values, ElementsAre("C:\\x"));
  EXPECT_THAT((*entries)[3].values, ElementsAre("-12"));
  EXPECT_THAT((*entries)[4].values, ElementsAre("true"));
  EXPECT_THAT((*entries)[5].values, ElementsAre("a,b", "2", "false"));
  EXPECT_THAT((*entries)[5].table, ElementsAre("run", "more"));
  EXPECT_THAT((*entries)[6].values, IsEmpty());
}

TEST(ConfigFileTest, WhatIsMalformedIsToldByItsLine) {
  EXPECT_THAT(ErrorOf("a = 1\ngibberish"), HasSubstr("line 2: expected key = value"));
  for (const char* line :
       {"a",        "a =",         "= 1",       "a = \"x",   "a = 'x",  "a = x",
        "a = 1 2",  "a = \"x\" y", "a = [1",    "a = [1 2]", "a = [,]", "a = \"\\q\"",
        "a = \"\\", "a b = 1",     "\"a\" = 1", "[",         "[]",      "[a",
        "[a.]",     "[a] b",       "[[a]]",     "a = -",     "a = 1.5", "a = \"\"\"x\"\"\"",
        "\x01 = 1"}) {
    EXPECT_THAT(ErrorOf(line), HasSubstr("line 1: expected")) << line;
  }
}

TEST(ConfigFileTest, AKeyGivenTwiceIsAnError) {
  EXPECT_THAT(ErrorOf("a = 1\nb = 2\na = 3"),
              HasSubstr("line 3: \"a\" was given before, in line 1; remove one"));
  EXPECT_TRUE(ParseConfigFile("a = 1\n[t]\na = 2").ok());
}

}  // namespace
}  // namespace signet::serving
