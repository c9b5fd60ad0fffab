// Policies that contradict themselves are refused before the module is asked.
#include "tests/integration/pkcs11/token_fixture.h"

namespace signet::testing {
namespace {

using pkcs11::KeyPolicy;
using pkcs11::Mechanism;
using pkcs11::Usage;
using ::testing::HasSubstr;

class KeyPolicyTest : public TokenTest {
 protected:
  void ExpectRefused(const absl::Status& status, const std::string& why) {
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(Message(status), HasSubstr(why));
    EXPECT_TRUE(OrThrow(session().Find({.token_objects_only = false})).empty());
  }
};

TEST_F(KeyPolicyTest, UsagesNeedMechanisms) {
  KeyPolicy policy = MessagePolicy();
  policy.allowed_mechanisms.clear();
  ExpectRefused(session().GenerateAes256(policy).status(), "names no allowed mechanism");
}

TEST_F(KeyPolicyTest, UsagesMustFitTheClass) {
  KeyPolicy policy = VerifyingPolicy();
  policy.usages.push_back(Usage::kSign);
  ExpectRefused(session().GenerateP256(SigningPolicy(), policy).status(), "cannot sign");
  policy = SigningPolicy();
  policy.usages.push_back(Usage::kVerify);
  ExpectRefused(session().GenerateP256(policy, VerifyingPolicy()).status(), "cannot verify");
}

TEST_F(KeyPolicyTest, OnlySecretKeysAreExtractable) {
  KeyPolicy policy = SigningPolicy();
  policy.extractable = true;
  ExpectRefused(session().GenerateP256(policy, VerifyingPolicy()).status(), "extractable");
}

TEST_F(KeyPolicyTest, OnlyPrivateKeysAskForThePin) {
  KeyPolicy policy = MessagePolicy();
  policy.always_authenticate = true;
  ExpectRefused(session().GenerateAes256(policy).status(), "PIN at each use");
}

TEST_F(KeyPolicyTest, ImportsCheckTheirInput) {
  ExpectRefused(session().ImportAes(Secret("short"), MessagePolicy()).status(), "bytes");
  ExpectRefused(session().ImportP256PublicKey(std::string(64, 'p'), VerifyingPolicy()).status(),
                "uncompressed point");
  ExpectRefused(session().ImportP256PublicKey(std::string(65, '\x02'), VerifyingPolicy()).status(),
                "uncompressed point");
}

TEST(NamesTest, AreThoseOfTheStandard) {
  EXPECT_STREQ(pkcs11::MechanismName(Mechanism::kAesKeyGen), "CKM_AES_KEY_GEN");
  EXPECT_STREQ(pkcs11::MechanismName(Mechanism::kAesEcbEncryptData), "CKM_AES_ECB_ENCRYPT_DATA");
  EXPECT_STREQ(pkcs11::MechanismName(Mechanism::kRsaOaep), "CKM_RSA_PKCS_OAEP");
  EXPECT_STREQ(pkcs11::UsageName(Usage::kEncrypt), "encrypt");
  EXPECT_STREQ(pkcs11::UsageName(Usage::kDerive), "derive");
}

}  // namespace
}  // namespace signet::testing
