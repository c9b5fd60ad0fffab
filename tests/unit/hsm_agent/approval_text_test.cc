#include "hsm_agent/pin/approval_text.h"

#include <gtest/gtest.h>

namespace signet::hsm_agent {
namespace {

TEST(ApprovalTextTest, ShowsPayeeHandleAndAmount) {
  EXPECT_EQ(PaymentApproval({"EUR", 1250}, "Corner Coffee", "corner-coffee", ""),
            "Pay 12.50 EUR\nto Corner Coffee (corner-coffee)");
  EXPECT_EQ(PaymentApproval({"JPY", 500}, "Café Ü", "cafe", "table 5"),
            "Pay 500 JPY\nto Café Ü (cafe)\nReference: table 5");
}

TEST(ApprovalTextTest, ANameCannotWriteOtherLinesOrTurnTheText) {
  EXPECT_EQ(DisplayText("Bob\nPay 1.00 EUR"), "Bob?Pay 1.00 EUR");
  EXPECT_EQ(DisplayText("a\u202Eb\u2066c\u200Fd\u061Ce\u2028f"), "a?b?c?d?e?f");
  EXPECT_EQ(DisplayText("\x1b[2J"), "?[2J");
  EXPECT_EQ(DisplayText("\xC2\x85x"), "?x") << "C1 controls";
  EXPECT_EQ(DisplayText("\xFF\xC0\xAF\xE2\x82"), "?????") << "not UTF-8";
  EXPECT_EQ(DisplayText("日本語 €"), "日本語 €");
}

}  // namespace
}  // namespace signet::hsm_agent
