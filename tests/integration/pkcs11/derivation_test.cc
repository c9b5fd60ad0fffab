// Derivation in the module against AES in software. Derived keys never leave the module, so they
// are compared by what they compute: AES-CMAC.
#include "libs/openssl/aes.h"
#include "tests/integration/pkcs11/token_fixture.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

class DerivationTest : public TokenTest {
 protected:
  const Secret value_ = Secret("0123456789abcdef0123456789ABCDEF");
  const std::string data_ = std::string("\x01\x01\x80\x00\x00\x04\x01\x00", 8) + "deviceNN" +
                            std::string("\x01\x02\x80\x00\x00\x04\x01\x00", 8) + "deviceNN";
};

TEST_F(DerivationTest, IsTheLeftmostBytesOfAesEcb) {
  const auto base = OrThrow(session().ImportAes(value_, DerivePolicy()));
  const Secret encrypted = OrThrow(openssl::AesEcbEncrypt(value_, data_));
  for (size_t bytes : {16u, 24u, 32u}) {
    const auto derived = session().DeriveAes(base, data_, bytes, CmacPolicy());
    ASSERT_TRUE(derived.ok()) << derived.status();
    const Secret expected(encrypted.reveal().substr(0, bytes));
    EXPECT_EQ(OrThrow(session().SignCmac(*derived, "check")),
              OrThrow(openssl::AesCmac(expected, "check")))
        << bytes;
    EXPECT_EQ(OrThrow(session().Describe(*derived)).key_type, "AES-" + std::to_string(bytes * 8));
  }
  // One block is enough for AES-128.
  const auto short_key = OrThrow(session().DeriveAes(base, data_.substr(0, 16), 16, CmacPolicy()));
  EXPECT_EQ(OrThrow(session().SignCmac(short_key, "")),
            OrThrow(openssl::AesCmac(Secret(encrypted.reveal().substr(0, 16)), "")));
}

TEST_F(DerivationTest, ChainsAsDukptDoes) {
  auto key = OrThrow(session().ImportAes(value_, DerivePolicy()));
  Secret expected = value_;
  for (int step = 0; step < 16; ++step) {
    std::string data = data_;
    data[15] = static_cast<char>(step);
    const bool last = step == 15;
    key = OrThrow(session().DeriveAes(key, data, 32, last ? CmacPolicy() : DerivePolicy()));
    expected = OrThrow(openssl::AesEcbEncrypt(expected, data));
  }
  EXPECT_EQ(OrThrow(session().SignCmac(key, "chain")),
            OrThrow(openssl::AesCmac(expected, "chain")));
}

TEST_F(DerivationTest, DerivedKeysOnTheTokenSurvive) {
  const auto base = OrThrow(session().ImportAes(value_, DerivePolicy()));
  ASSERT_TRUE(session().DeriveAes(base, data_, 32, OnToken(CmacPolicy())).ok());
  CloseSession();
  token().Unload();
  ASSERT_TRUE(token().Reload().ok());
  OpenSession();
  const auto key = OrThrow(session().FindOne({.label = "check", .id = "c1"}));
  EXPECT_EQ(OrThrow(session().SignCmac(key, "x")),
            OrThrow(openssl::AesCmac(OrThrow(openssl::AesEcbEncrypt(value_, data_)), "x")));
}

TEST_F(DerivationTest, RefusesOtherLengths) {
  const auto base = OrThrow(session().ImportAes(value_, DerivePolicy()));
  for (const auto& [data_bytes, key_bytes] : std::vector<std::pair<size_t, size_t>>{
           {0, 16}, {15, 16}, {17, 16}, {16, 32}, {16, 24}, {32, 0}, {32, 20}, {32, 33}}) {
    const auto key =
        session().DeriveAes(base, data_.substr(0, data_bytes), key_bytes, CmacPolicy());
    EXPECT_TRUE(absl::IsInvalidArgument(key.status())) << data_bytes << " " << key_bytes;
  }
  ExpectSessionUsable();
}

TEST_F(DerivationTest, OnlyFromKeysThatMayDerive) {
  const auto message = OrThrow(session().ImportAes(value_, MessagePolicy()));
  const auto derived = session().DeriveAes(message, data_, 32, CmacPolicy());
  EXPECT_FALSE(derived.ok());
  EXPECT_THAT(Message(derived.status()), HasSubstr("C_DeriveKey: CKR_"));
  ExpectSessionUsable();
}

// RFC 4493, 4, example 1: AES-128, the empty message.
TEST_F(DerivationTest, CmacIsThePublishedOne) {
  const std::string key128 = "\x2b\x7e\x15\x16\x28\xae\xd2\xa6\xab\xf7\x15\x88\x09\xcf\x4f\x3c";
  const auto key = OrThrow(session().ImportAes(Secret(key128), CmacPolicy()));
  const std::string mac_of_nothing =
      "\xbb\x1d\x69\x29\xe9\x59\x37\x28\x7f\xa3\x7d\x12\x9b\x75\x67\x46";
  EXPECT_EQ(OrThrow(session().SignCmac(key, "")), mac_of_nothing);
}

}  // namespace
}  // namespace signet::testing
