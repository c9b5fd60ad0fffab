#include "hsm_agent/pin/assuan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace signet::hsm_agent {
namespace {

TEST(AssuanTest, EscapesWhatWouldEndOrChangeALine) {
  EXPECT_EQ(EscapeAssuan("50% of\nall\r"), "50%25 of%0aall%0d");
  EXPECT_EQ(EscapeAssuan(std::string("\0\x1b\x7f", 3)), "%00%1b%7f");
  EXPECT_EQ(EscapeAssuan("Café"), "Café");
  const absl::StatusOr<std::string> command = AssuanCommand("SETDESC", "a\nBYE");
  ASSERT_TRUE(command.ok());
  EXPECT_EQ(*command, "SETDESC a%0aBYE\n");
  EXPECT_EQ(AssuanCommand("GETPIN", "").value(), "GETPIN\n");
  EXPECT_FALSE(AssuanCommand("SETDESC", std::string(1000, 'x')).ok());
}

TEST(AssuanTest, ReadsReplies) {
  EXPECT_EQ(ParseAssuanReply("OK")->kind, AssuanReply::Kind::kOk);
  EXPECT_EQ(ParseAssuanReply("OK Pleased to meet you")->kind, AssuanReply::Kind::kOk);
  EXPECT_EQ(ParseAssuanReply("S PASSWORD_FROM_CACHE")->kind, AssuanReply::Kind::kIgnored);
  EXPECT_EQ(ParseAssuanReply("# comment")->kind, AssuanReply::Kind::kIgnored);
  EXPECT_EQ(ParseAssuanReply("")->kind, AssuanReply::Kind::kIgnored);
  const absl::StatusOr<AssuanReply> data = ParseAssuanReply("D 12%253%0A4");
  ASSERT_TRUE(data.ok());
  EXPECT_EQ(data->kind, AssuanReply::Kind::kData);
  EXPECT_EQ(data->data.reveal(), "12%3\n4");
  EXPECT_EQ(ParseAssuanReply("D  12")->data.reveal(), " 12") << "only one blank separates";
  const absl::StatusOr<AssuanReply> error = ParseAssuanReply("ERR 83886179 Operation cancelled");
  ASSERT_TRUE(error.ok());
  EXPECT_EQ(error->kind, AssuanReply::Kind::kError);
  EXPECT_EQ(error->error_code, 83886179U);
  EXPECT_EQ(GpgErrorCode(error->error_code), kGpgErrorCanceled);
}

TEST(AssuanTest, RefusesHostileLines) {
  const std::vector<std::string> hostile = {
      "OKAY", "ok",    "ERR",    "ERR ",    "ERR x",     "ERR 12x", "ERR -1",   "D %",
      "D %4", "D %zz", "D 12%2", "DATA 12", "INQUIRE X", "END",     "\x01\x02", "ERR 4294967296",
      "D12",  "BYE",   " OK",    "ERR\t5"};
  for (const std::string& line : hostile) {
    EXPECT_EQ(ParseAssuanReply(line).status().code(), absl::StatusCode::kInternal) << line;
  }
  const std::string with_zero(
      "D 1\0"
      "2",
      5);
  EXPECT_EQ(ParseAssuanReply(with_zero)->data.size(), 3U);
}

TEST(AssuanTest, CutsLinesHoweverTheyArrive) {
  const std::string stream = "OK hello\nD 1234\nOK\n";
  for (size_t cut = 0; cut <= stream.size(); ++cut) {
    AssuanLines lines;
    ASSERT_TRUE(lines.Append(stream.substr(0, cut)).ok());
    ASSERT_TRUE(lines.Append(stream.substr(cut)).ok());
    EXPECT_EQ(lines.Next()->reveal(), "OK hello");
    EXPECT_EQ(lines.Next()->reveal(), "D 1234");
    EXPECT_EQ(lines.Next()->reveal(), "OK");
    EXPECT_FALSE(lines.Next().has_value());
  }
}

TEST(AssuanTest, RefusesEndlessLines) {
  AssuanLines lines;
  EXPECT_TRUE(lines.Append(std::string(1000, 'x')).ok());
  EXPECT_FALSE(lines.Append("x").ok());
  AssuanLines flood;
  absl::Status status;
  for (int i = 0; i < 10'000 && status.ok(); ++i) status = flood.Append("S\n");
  EXPECT_FALSE(status.ok()) << "unread lines must not pile up";
}

}  // namespace
}  // namespace signet::hsm_agent
