#include "terminal_client/receipt.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/digests/digests.h"
#include "libs/openssl/p256.h"

namespace signet::terminal {
namespace {

class ReceiptTest : public ::testing::Test {
 protected:
  ReceiptTest() {
    payments::v1::Receipt receipt;
    receipt.set_payment_id("00000001-0000002a");
    receipt.mutable_amount()->set_currency_code("EUR");
    receipt.mutable_amount()->set_amount_minor(1250);
    receipt.set_payee("corner-coffee");
    receipt.set_reference("two flat whites");
    signed_.set_receipt(receipt.SerializeAsString());
    signed_.set_signature(key_->SignDigest(ReceiptDigest(signed_.receipt())).value());
  }
  absl::Status Verify(const payments::v1::SignedReceipt& receipt) const {
    return VerifyReceipt(receipt, key_->PublicKeyDer()).status();
  }

  std::unique_ptr<openssl::P256PrivateKey> key_ = openssl::P256PrivateKey::Generate().value();
  payments::v1::SignedReceipt signed_;
};

TEST_F(ReceiptTest, GenuineOneIsRead) {
  const std::string json = ReceiptToJson(signed_).value();
  const auto receipt = VerifyReceiptJson(json, key_->PublicKeyDer());
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_EQ(receipt->payment_id(), "00000001-0000002a");
  EXPECT_EQ(receipt->amount().amount_minor(), 1250);
}

TEST_F(ReceiptTest, EveryBitOfReceiptAndSignature) {
  absl::Status first;
  for (const bool in_receipt : {true, false}) {
    const size_t bits = 8 * (in_receipt ? signed_.receipt() : signed_.signature()).size();
    for (size_t bit = 0; bit < bits; ++bit) {
      payments::v1::SignedReceipt changed = signed_;
      std::string& field = in_receipt ? *changed.mutable_receipt() : *changed.mutable_signature();
      field[bit / 8] = static_cast<char>(field[bit / 8] ^ (1 << (bit % 8)));
      const absl::Status status = Verify(changed);
      ASSERT_TRUE(absl::IsUnauthenticated(status)) << bit;
      if (first.ok()) first = status;
      ASSERT_EQ(status, first);
    }
  }
}

// A changed bit of the file either is refused or (in white space) changes nothing of what is said.
TEST_F(ReceiptTest, EveryBitOfTheFile) {
  const std::string json = ReceiptToJson(signed_).value();
  size_t refused = 0;
  for (size_t bit = 0; bit < json.size() * 8; ++bit) {
    std::string changed = json;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto receipt = VerifyReceiptJson(changed, key_->PublicKeyDer());
    if (receipt.ok()) {
      ASSERT_EQ(receipt->SerializeAsString(), signed_.receipt()) << bit;
    } else {
      ASSERT_TRUE(absl::IsUnauthenticated(receipt.status()) ||
                  absl::IsInvalidArgument(receipt.status()))
          << bit;
      ++refused;
    }
  }
  EXPECT_GT(refused, json.size() * 7);
}

// Told apart from a forgery: what never was a receipt, and a genuine one that a later release, or
// an editor, has added to.
TEST_F(ReceiptTest, WhatIsNoReceiptIsToldAsThat) {
  const std::string json = ReceiptToJson(signed_).value();
  const std::string cut = json.substr(0, json.size() / 2);
  struct Case {
    std::string text;
    std::string reason;
  };
  const std::vector<Case> cases = {
      {"", "it is empty"},
      {"\xEF\xBB\xBF", "it is empty"},
      {" \n\t", "it is empty"},
      {"no receipt", "no receipt: "},
      {cut, "no receipt: "},
      {"[]", "no receipt: "},
      {"null", "no receipt: "},
      {"{}", "it is JSON, but"},
      {R"({"paymentId":"00000001-0000002a","receiptFile":"/r.json"})", "it is JSON, but"},
      {R"({"error":{"code":"NOT_FOUND","message":"x","exitCode":7}})", "it is JSON, but"},
      {R"({"receipt":{"paymentId":"00000001-0000002a"}})", "no receipt: "},
      {R"({"receipt":"*","signature":"AA=="})", "no receipt: "},
      {std::string(1, '\0'), "no receipt: "},
      {"\x1F\x8B\x08", "no receipt: "},
  };
  for (const Case& a_case : cases) {
    const absl::Status status = VerifyReceiptJson(a_case.text, key_->PublicKeyDer()).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << a_case.text << status;
    EXPECT_THAT(std::string(status.message()),
                ::testing::AllOf(::testing::HasSubstr(a_case.reason),
                                 ::testing::HasSubstr("`signet receipt fetch ID`"),
                                 ::testing::Not(::testing::HasSubstr("\n"))));
  }
}

TEST_F(ReceiptTest, AdditionsAreNoForgery) {
  const std::string json = ReceiptToJson(signed_).value();
  for (const std::string& added :
       {"\xEF\xBB\xBF" + json, "\r\n " + json + "\n\n",
        R"({"note":"of tomorrow","more":{"a":[1,null]},)" + json.substr(1)}) {
    const auto receipt = VerifyReceiptJson(added, key_->PublicKeyDer());
    ASSERT_TRUE(receipt.ok()) << added << receipt.status();
    EXPECT_EQ(receipt->SerializeAsString(), signed_.receipt());
  }
}

TEST_F(ReceiptTest, WithoutItsSignatureItIsForged) {
  signed_.clear_signature();
  EXPECT_TRUE(absl::IsUnauthenticated(
      VerifyReceiptJson(ReceiptToJson(signed_).value(), key_->PublicKeyDer()).status()));
}

TEST_F(ReceiptTest, AnotherKeyIsRefused) {
  const auto other = openssl::P256PrivateKey::Generate().value();
  EXPECT_TRUE(absl::IsUnauthenticated(VerifyReceipt(signed_, other->PublicKeyDer()).status()));
}

// What the receipt key signs under another name is no receipt.
TEST_F(ReceiptTest, ASignatureOverAnotherDigestIsRefused) {
  signed_.set_signature(key_->SignDigest(AuthorizationDigest(signed_.receipt())).value());
  EXPECT_TRUE(absl::IsUnauthenticated(Verify(signed_)));
}

TEST_F(ReceiptTest, WhatIsSignedButNoReceiptIsRefused) {
  payments::v1::SignedReceipt nonsense;
  nonsense.set_receipt("\xFF\xFF");
  nonsense.set_signature(key_->SignDigest(ReceiptDigest(nonsense.receipt())).value());
  EXPECT_TRUE(absl::IsUnauthenticated(Verify(nonsense)));
}

TEST_F(ReceiptTest, AKeyThatIsNoneIsAnotherError) {
  EXPECT_TRUE(absl::IsInvalidArgument(VerifyReceipt(signed_, "no key").status()));
}

}  // namespace
}  // namespace signet::terminal
