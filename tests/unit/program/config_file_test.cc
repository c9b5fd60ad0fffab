#include "libs/program/config_file.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace signet::serving {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

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

TEST(ConfigFileTest, NumbersKeepTheirValues) {
  const auto entries = ParseConfigFile(
      "a = 0.2\nb = 60.0\nc = 1e-4\nd = 1_000\ne = 0xff\nf = -0.30000000000000004\n"
      "g = 9223372036854775807");
  ASSERT_TRUE(entries.ok()) << entries.status();
  std::vector<std::string> values;
  for (const ConfigEntry& entry : *entries) values.push_back(entry.values.at(0));
  EXPECT_THAT(values, ElementsAre("0.2", "60", "1e-04", "1000", "255", "-0.30000000000000004",
                                  "9223372036854775807"));
}

TEST(ConfigFileTest, ItIsWholeToml) {
  const auto entries = ParseConfigFile(
      "\xef\xbb\xbf"
      "run.z = \"\"\"x\ny\"\"\"\nlist = [\n  1, # one\n  2,\n]\n\"a\" = \"\\u00e9\"\n");
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_THAT((*entries)[0].table, ElementsAre("run"));
  EXPECT_THAT((*entries)[0].values, ElementsAre("x\ny"));
  EXPECT_THAT((*entries)[1].values, ElementsAre("1", "2"));
  EXPECT_EQ((*entries)[1].line, 3);
  EXPECT_THAT((*entries)[2].values, ElementsAre("\u00e9"));
}

TEST(ConfigFileTest, WhatIsMalformedIsToldByItsLine) {
  EXPECT_THAT(ErrorOf("a = 1\ngibberish"),
              AllOf(StartsWith("line 2: "), HasSubstr("; expected key = value")));
  for (const char* line :
       {"a",        "a =",         "= 1",    "a = \"x",   "a = 'x",      "a = x",
        "a = 1 2",  "a = \"x\" y", "a = [1", "a = [1 2]", "a = [,]",     "a = \"\\q\"",
        "a = \"\\", "a b = 1",     "[",      "[]",        "[a",          "a = 007",
        "[a.]",     "[a] b",       "a = -",  "\x01 = 1",  "a = \"\xff\""}) {
    EXPECT_THAT(ErrorOf(line), AllOf(StartsWith("line 1: "), HasSubstr("expected key = value")))
        << line;
  }
  for (const char* value : {"2026-01-01", "[[1]]", "[{ b = 1 }]", "[1979-05-27T07:32:00Z]"}) {
    EXPECT_THAT(ErrorOf(std::string("\na = ") + value),
                HasSubstr("line 2: expected after \"a =\" a quoted string, a number"))
        << value;
  }
}

// Every short text of what TOML is made of: none ends the process, as "[[[" once did.
TEST(ConfigFileTest, NoTextEndsTheProcess) {
  constexpr std::string_view kAlphabet = "[]=.\"'\na1{,";
  std::vector<std::string> texts = {""};
  for (size_t i = 0; texts[i].size() < 4; ++i) {
    for (const char c : kAlphabet) texts.push_back(texts[i] + c);
  }
  ASSERT_GT(texts.size(), 15'000U);
  for (const std::string& text : texts) {
    const absl::Status status = ParseConfigFile(text).status();
    EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << text << ": " << status;
  }
  EXPECT_THAT(ErrorOf("[[[\nlisten = \n"), HasSubstr("no TOML"));
}

TEST(ConfigFileTest, AKeyGivenTwiceIsAnError) {
  EXPECT_THAT(ErrorOf("a = 1\nb = 2\na = 3"), AllOf(StartsWith("line 3: "), HasSubstr("'a'")));
  EXPECT_TRUE(ParseConfigFile("a = 1\n[t]\na = 2").ok());
}

}  // namespace
}  // namespace signet::serving
