#include "operator_cli/commands/account_commands.h"

#include "gmock/gmock.h"

namespace signet::operator_cli {
namespace {

using ::testing::HasSubstr;

NewAccount Valid() {
  NewAccount account;
  account.handle = "alice";
  account.currency_code = "EUR";
  account.name = "Alice Martin";
  account.kind = "customer";
  account.limit = "500";
  return account;
}

TEST(BuildCreateAccountTest, ParsesAmountsInTheCurrencysMinorUnit) {
  NewAccount account = Valid();
  account.deposit = "100.50";
  account.limit = "20";
  const auto request = BuildCreateAccount(account);
  ASSERT_TRUE(request.ok()) << request.status().message();
  EXPECT_EQ(request->handle(), "alice");
  EXPECT_EQ(request->kind(), platform::v1::ACCOUNT_KIND_CUSTOMER);
  EXPECT_EQ(request->opening_deposit_minor(), 10'050);
  EXPECT_EQ(request->payment_limit_minor(), 2'000);
}

TEST(BuildCreateAccountTest, TakesTheLimitInTheCurrencyThatItIsFor) {
  NewAccount account = Valid();
  account.kind = "merchant";
  account.currency_code = "JPY";
  const auto request = BuildCreateAccount(account);
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->kind(), platform::v1::ACCOUNT_KIND_MERCHANT);
  EXPECT_EQ(request->payment_limit_minor(), 500);
  EXPECT_EQ(request->opening_deposit_minor(), 0);
}

TEST(BuildCreateAccountTest, NamesTheOptionThatIsWrong) {
  NewAccount account = Valid();
  account.deposit = "1.234";
  EXPECT_THAT(std::string(BuildCreateAccount(account).status().message()), HasSubstr("--deposit"));
  account = Valid();
  account.limit = "-5";
  EXPECT_THAT(std::string(BuildCreateAccount(account).status().message()), HasSubstr("--limit"));
  account.limit = "0.00";
  EXPECT_THAT(std::string(BuildCreateAccount(account).status().message()),
              HasSubstr("--limit is 0"));
  account.limit = "";
  EXPECT_THAT(std::string(BuildCreateAccount(account).status().message()), HasSubstr("--limit"));
  account = Valid();
  account.handle = "Alice";
  EXPECT_EQ(BuildCreateAccount(account).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(DescribeAccountTest, CannotBeMadeToDriveTheTerminal) {
  platform::v1::Account account;
  account.set_name("\x1b[2JAlice");
  account.mutable_posted()->set_currency_code("EUR");
  account.mutable_posted()->set_amount_minor(-1250);
  for (const auto& [name, value] : DescribeAccount(account)) {
    EXPECT_EQ(value.find('\x1b'), std::string::npos) << name;
    if (name == "posted") {
      EXPECT_EQ(value, "-12.50 EUR");
    }
  }
}

}  // namespace
}  // namespace signet::operator_cli
