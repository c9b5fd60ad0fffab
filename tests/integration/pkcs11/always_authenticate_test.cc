// Keys that ask for the PIN at each use (CKA_ALWAYS_AUTHENTICATE).
#include "libs/openssl/p256.h"
#include "libs/pkcs11/module_keys.h"
#include "tests/integration/pkcs11/token_fixture.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

class AlwaysAuthenticateTest : public TokenTest {
 protected:
  AlwaysAuthenticateTest() {
    pkcs11::KeyPolicy policy = OnToken(SigningPolicy());
    policy.always_authenticate = true;
    pair_ = OrThrow(session().GenerateP256(policy, OnToken(VerifyingPolicy())));
  }

  void ExpectSigns() {
    const auto signature = session().SignEcdsa(pair_.private_key, digest_, &token().pin());
    ASSERT_TRUE(signature.ok()) << signature.status();
    EXPECT_TRUE(session().VerifyEcdsa(pair_.public_key, digest_, *signature).ok());
  }

  const std::string digest_ = std::string(32, 'd');
  pkcs11::KeyPair pair_;
};

TEST_F(AlwaysAuthenticateTest, EachUseNeedsThePin) {
  ExpectSigns();
  for (int i = 0; i < 2; ++i) {
    const auto signature = session().SignEcdsa(pair_.private_key, digest_, nullptr);
    EXPECT_TRUE(absl::IsPermissionDenied(signature.status())) << signature.status();
    EXPECT_THAT(Message(signature.status()), HasSubstr("CKR_USER_NOT_LOGGED_IN"));
  }
  ExpectSigns();
}

TEST_F(AlwaysAuthenticateTest, WrongPinLeavesTheSessionUsable) {
  for (const std::string pin : {"135791", "", "1", "000000"}) {
    const Secret wrong(pin);
    const auto signature = session().SignEcdsa(pair_.private_key, digest_, &wrong);
    EXPECT_TRUE(absl::IsUnauthenticated(signature.status())) << signature.status();
    EXPECT_THAT(Message(signature.status()), HasSubstr("CKR_PIN_INCORRECT"));
    EXPECT_TRUE(OrThrow(session().IsLoggedIn()));
    ExpectSessionUsable();
  }
  // A wrong PIN is not a first half of a right one.
  EXPECT_FALSE(session().SignEcdsa(pair_.private_key, digest_, nullptr).ok());
  ExpectSigns();
}

TEST_F(AlwaysAuthenticateTest, PinForAKeyThatDoesNotAsk) {
  const auto plain = OrThrow(session().GenerateP256(SigningPolicy(), VerifyingPolicy()));
  const auto signature = session().SignEcdsa(plain.private_key, digest_, &token().pin());
  EXPECT_TRUE(absl::IsFailedPrecondition(signature.status())) << signature.status();
  ExpectSessionUsable();
  EXPECT_TRUE(session().SignEcdsa(plain.private_key, digest_, nullptr).ok());
}

TEST_F(AlwaysAuthenticateTest, TheLoginOfOneSessionIsNotTheUseOfAnother) {
  const auto second = OrThrow(token().LoggedIn());
  ExpectSigns();
  EXPECT_FALSE(second->SignEcdsa(pair_.private_key, digest_, nullptr).ok());
  EXPECT_TRUE(second->SignEcdsa(pair_.private_key, digest_, &token().pin()).ok());
}

TEST_F(AlwaysAuthenticateTest, SigningKeyPassesThePinOn) {
  pkcs11::ModuleSigningKey with_pin(session(), pair_.private_key, &token().pin());
  pkcs11::ModuleSigningKey without(session(), pair_.private_key, nullptr);
  const auto signature = with_pin.SignDigest(digest_);
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_TRUE(absl::IsPermissionDenied(without.SignDigest(digest_).status()));
  const auto spki = openssl::P256SpkiFromPoint(OrThrow(session().P256Point(pair_.public_key)));
  EXPECT_TRUE(
      OrThrow(openssl::ParseP256PublicKey(OrThrow(spki)))->VerifyDigest(digest_, *signature).ok());
}

}  // namespace
}  // namespace signet::testing
