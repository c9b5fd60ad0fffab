#include "terminal_client/payments/pay_request.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/program/program.h"

namespace signet::terminal {
namespace {

using ::testing::HasSubstr;

PayText Good() { return {"12.50", "EUR", "corner-coffee", "two flat whites"}; }

void ExpectUsage(const PayText& text, const std::string& named) {
  const auto request = CheckPayRequest(text);
  ASSERT_FALSE(request.ok()) << named;
  EXPECT_EQ(serving::ExitCodeOf(request.status()), serving::ExitCode::kUsage);
  EXPECT_THAT(std::string(request.status().message()), HasSubstr(named));
}

TEST(PayRequest, TakesWhatIsRight) {
  const auto request = CheckPayRequest(Good());
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->amount().currency_code(), "EUR");
  EXPECT_EQ(request->amount().amount_minor(), 1250);
  EXPECT_EQ(request->payee(), "corner-coffee");
  EXPECT_EQ(request->reference(), "two flat whites");
}

TEST(PayRequest, RefusesAmountsThatAreNone) {
  const auto with_amount = [](const std::string& amount, const std::string& currency = "EUR") {
    PayText text = Good();
    text.amount = amount;
    text.currency = currency;
    return text;
  };
  ExpectUsage(with_amount("0"), "above zero");
  ExpectUsage(with_amount("0.00"), "above zero");
  ExpectUsage(with_amount("-5"), "-5");
  ExpectUsage(with_amount("-5"), "digits");
  ExpectUsage(with_amount(""), "empty");
  ExpectUsage(with_amount("1.5", "JPY"), "decimals");
  ExpectUsage(with_amount("1.005"), "decimals");
  ExpectUsage(with_amount("1e3"), "digits");
  ExpectUsage(with_amount("1,50"), "digits");
  ExpectUsage(with_amount(" 1"), "digits");
  ExpectUsage(with_amount("+1"), "digits");
  ExpectUsage(with_amount("92233720368547758.08"), "large");
  ExpectUsage(with_amount("1.00", "EUX"), "ISO 4217");
  ExpectUsage(with_amount("1.00", "eur"), "ISO 4217");
  EXPECT_TRUE(CheckPayRequest(with_amount("92233720368547758.07")).ok());
  EXPECT_TRUE(CheckPayRequest(with_amount("1", "JPY")).ok());
}

TEST(PayRequest, RefusesWhatIsNoHandle) {
  for (const char* payee : {"", "x", "Corner Coffee!", "-a", "a-", "\x1B[2J"}) {
    PayText text = Good();
    text.payee = payee;
    ExpectUsage(text, "payee");
  }
}

TEST(PayRequest, BoundsTheReference) {
  PayText text = Good();
  text.reference = std::string(kMaxReferenceBytes, 'r');
  EXPECT_TRUE(CheckPayRequest(text).ok());
  text.reference += "r";
  ExpectUsage(text, "140");
  text.reference = "two\nlines";
  ExpectUsage(text, "control");
  text.reference = "\xFF";
  ExpectUsage(text, "UTF-8");
  text.reference = "caf\xC3\xA9";
  EXPECT_TRUE(CheckPayRequest(text).ok());
  text.reference = "";
  EXPECT_TRUE(CheckPayRequest(text).ok());
}

}  // namespace
}  // namespace signet::terminal
