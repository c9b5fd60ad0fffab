#include "libs/cli/output.h"

#include <sstream>

#include "gtest/gtest.h"
#include "libs/program/error_details.h"
#include "libs/program/program.h"
#include "nlohmann/json.hpp"
#include "signet/payments/v1/query.pb.h"

namespace signet::cli {
namespace {

class OutputTest : public ::testing::Test {
 protected:
  Output Make(Output::Style style) { return Output(out_, err_, style); }
  std::ostringstream out_;
  std::ostringstream err_;
};

payments::v1::AccountSummary Account() {
  payments::v1::AccountSummary account;
  account.set_handle("alice");
  account.mutable_posted()->set_currency_code("EUR");
  account.mutable_posted()->set_amount_minor(9'007'199'254'740'993);  // no double holds it
  return account;
}

TEST_F(OutputTest, JsonIsOneObjectWithEveryField) {
  Make({.json = true})
      .Result(Account(), {{"receiptFile", "/r \"q\".json"}}, {{"account", "alice"}});
  const auto json = nlohmann::json::parse(out_.str());
  EXPECT_EQ(json["handle"], "alice");
  EXPECT_EQ(json["name"], "");
  EXPECT_EQ(json["posted"]["amountMinor"], "9007199254740993");
  EXPECT_EQ(json["receiptFile"], "/r \"q\".json");
  EXPECT_EQ(out_.str().find('\n'), out_.str().size() - 1);
  EXPECT_EQ(err_.str(), "");
}

TEST_F(OutputTest, TextIsAligned) {
  Make({}).Result(Account(), {{"extra", "x"}},
                  {{"a", "1"},
                   {"b\xC3\xA9"
                    "b",
                    "2"}});
  EXPECT_EQ(out_.str(),
            "a    1\nb\xC3\xA9"
            "b  2\n");
}

TEST_F(OutputTest, TablesAreForPeopleAndAlignedByCodePoints) {
  Make({}).Table({"NAME", "STATE"}, {{"Zoë Müller", "x"}, {"Bob", "y"}});
  EXPECT_EQ(out_.str(), "NAME        STATE\nZoë Müller  x\nBob         y\n");
  out_.str("");
  Make({}).Table({"NAME", "STATE"}, {{"Bob", "y"}}, /*with_header=*/false);
  EXPECT_EQ(out_.str(), "Bob   y\n");
  out_.str("");
  Output json = Make({.json = true});
  json.Table({"KEY"}, {{"x"}});
  json.Record({{"a", "1"}});
  json.Line("x");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(OutputTest, JsonIsForProgramsAndOneObjectALine) {
  Make({}).Json(Account());
  EXPECT_EQ(out_.str(), "");
  payments::v1::PayeeSummary payee;
  payee.set_name("Bob's \"phone\"\n");
  Make({.json = true}).Json(payee, {{"activationCode", "ABC"}});
  EXPECT_EQ(out_.str(),
            R"({"handle":"","name":"Bob's \"phone\"\n","currencyCode":"","activationCode":"ABC"})"
            "\n");
}

TEST_F(OutputTest, ErrorsAreJsonOnlyWhereJsonWasAskedFor) {
  const absl::Status error =
      serving::WithDetail(serving::WithExitCode(absl::NotFoundError("no account"),
                                                serving::ExitCode::kNotFoundOrConflict),
                          "paymentId", "00000001-0000002a");
  Make({}).Error(error);
  EXPECT_EQ(out_.str(), "");
  Make({.json = true}).Error(error);
  EXPECT_EQ(out_.str(), serving::ErrorJson(error) + "\n");
}

TEST_F(OutputTest, WhatIsToBeSaidAlsoIsInAnswersAndErrors) {
  Output output = Make({.json = true});
  output.Also({{"earlierPaymentId", "00000001-00000001"}});
  output.Json(Account());
  EXPECT_EQ(nlohmann::json::parse(out_.str())["earlierPaymentId"], "00000001-00000001");
  out_.str("");
  output.Error(absl::InternalError("x"));
  EXPECT_EQ(nlohmann::json::parse(out_.str())["error"]["earlierPaymentId"], "00000001-00000001");
}

TEST_F(OutputTest, AnErrorThatIsNotUtf8IsStillJson) {
  Make({.json = true}).Error(absl::InternalError("bad \xFF byte"));
  EXPECT_TRUE(nlohmann::json::accept(out_.str()));
}

TEST_F(OutputTest, QuietKeepsWarningsOnly) {
  Output quiet = Make({.quiet = true});
  quiet.Note("note");
  quiet.Step("step", std::chrono::milliseconds(5));
  EXPECT_EQ(err_.str(), "");
  quiet.Warning("the receipt could not be kept");
  EXPECT_EQ(err_.str(), "warning: the receipt could not be kept\n");
  err_.str("");
  Make({}).Step("authorized", std::chrono::milliseconds(12));
  EXPECT_EQ(err_.str(), "    12 ms  authorized\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(OutputTest, ColorOnlyWhereWanted) {
  Make({.color = true}).Result(Account(), {}, {{"a", "1"}});
  EXPECT_EQ(out_.str(), "\033[1ma\033[0m  1\n");
  EXPECT_FALSE(WantsColor(true, 1));
  EXPECT_FALSE(WantsColor(false, -1));
}

TEST(ShowTime, IsUtc) {
  EXPECT_EQ(ShowTime(0), "-");
  EXPECT_EQ(ShowTime(1'700'000'000'000), "2023-11-14T22:13:20Z");
}

}  // namespace
}  // namespace signet::cli
