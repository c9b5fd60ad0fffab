// Every kind of key that Signet makes has exactly the attributes that were asked for, as the module
// itself describes them, and the module keeps to them.
#include "tests/integration/pkcs11/token_fixture.h"

namespace signet::testing {
namespace {

using pkcs11::KeyDescription;
using pkcs11::KeyPolicy;
using pkcs11::Mechanism;
using pkcs11::Usage;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

class KeyAttributesTest : public TokenTest {
 protected:
  // What holds for every key, and what its policy says.
  KeyDescription ExpectAsAsked(pkcs11::ObjectHandle key, const KeyPolicy& policy) {
    KeyDescription description = OrThrow(session().Describe(key));
    const bool is_public = description.object_class == "public";
    EXPECT_EQ(description.handle, key);
    EXPECT_EQ(description.label, policy.label);
    EXPECT_EQ(description.id, policy.id);
    EXPECT_EQ(description.on_token, policy.on_token);
    EXPECT_EQ(description.is_private, !is_public);
    EXPECT_EQ(description.sensitive, !is_public);
    EXPECT_EQ(description.extractable, policy.extractable);
    EXPECT_FALSE(description.modifiable);
    EXPECT_FALSE(description.copyable);
    EXPECT_EQ(description.always_authenticate, policy.always_authenticate);
    EXPECT_THAT(description.usages, UnorderedElementsAreArray(policy.usages));
    EXPECT_THAT(description.allowed_mechanisms,
                UnorderedElementsAreArray(policy.allowed_mechanisms));
    EXPECT_THAT(description.other_mechanisms, IsEmpty());
    return description;
  }
};

TEST_F(KeyAttributesTest, GeneratedAes) {
  for (const KeyPolicy& policy : {MessagePolicy(), OnToken(DerivePolicy()), CmacPolicy()}) {
    const KeyDescription key = ExpectAsAsked(OrThrow(session().GenerateAes256(policy)), policy);
    EXPECT_EQ(key.object_class, "secret");
    EXPECT_EQ(key.key_type, "AES-256");
    EXPECT_TRUE(key.local);
    EXPECT_TRUE(key.never_extractable);
  }
}

TEST_F(KeyAttributesTest, ImportedAes) {
  const KeyPolicy policy = OnToken(DerivePolicy());
  const KeyDescription key =
      ExpectAsAsked(OrThrow(session().ImportAes(Secret(std::string(32, 'k')), policy)), policy);
  EXPECT_EQ(key.key_type, "AES-256");
  EXPECT_FALSE(key.local);
  EXPECT_FALSE(key.never_extractable);
}

TEST_F(KeyAttributesTest, DerivedAes) {
  const auto base = OrThrow(session().GenerateAes256(DerivePolicy()));
  KeyPolicy request{.label = "payment-request",
                    .id = std::string("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x00", 12),
                    .usages = {Usage::kEncrypt},
                    .allowed_mechanisms = {Mechanism::kAesGcm},
                    .on_token = true};
  KeyDescription key =
      ExpectAsAsked(OrThrow(session().DeriveAes(base, std::string(32, 'd'), 32, request)), request);
  EXPECT_EQ(key.key_type, "AES-256");
  EXPECT_TRUE(key.never_extractable);
  EXPECT_FALSE(key.local);

  KeyPolicy initial = DerivePolicy();
  initial.extractable = true;
  key =
      ExpectAsAsked(OrThrow(session().DeriveAes(base, std::string(32, 'e'), 32, initial)), initial);
  EXPECT_FALSE(key.never_extractable);
}

TEST_F(KeyAttributesTest, P256Pairs) {
  for (const bool always_authenticate : {false, true}) {
    KeyPolicy signing = OnToken(SigningPolicy());
    signing.always_authenticate = always_authenticate;
    const KeyPolicy verifying = OnToken(VerifyingPolicy());
    const auto pair = OrThrow(session().GenerateP256(signing, verifying));
    const KeyDescription private_key = ExpectAsAsked(pair.private_key, signing);
    EXPECT_EQ(private_key.object_class, "private");
    EXPECT_EQ(private_key.key_type, "EC-P256");
    EXPECT_TRUE(private_key.local);
    EXPECT_TRUE(private_key.never_extractable);
    const KeyDescription public_key = ExpectAsAsked(pair.public_key, verifying);
    EXPECT_EQ(public_key.object_class, "public");
    EXPECT_EQ(public_key.key_type, "EC-P256");
  }
}

TEST_F(KeyAttributesTest, Rsa3072Pairs) {
  const auto pair = OrThrow(session().GenerateRsa3072(OnToken(UnwrapPolicy()), WrapPolicy()));
  const KeyDescription private_key = ExpectAsAsked(pair.private_key, OnToken(UnwrapPolicy()));
  EXPECT_EQ(private_key.key_type, "RSA-3072");
  EXPECT_TRUE(private_key.never_extractable);
  EXPECT_EQ(ExpectAsAsked(pair.public_key, WrapPolicy()).key_type, "RSA-3072");
}

TEST_F(KeyAttributesTest, ImportedPublicKeys) {
  const auto pair = OrThrow(session().GenerateP256(SigningPolicy(), VerifyingPolicy()));
  const std::string point = OrThrow(session().P256Point(pair.public_key));
  const auto pinned = OrThrow(session().ImportP256PublicKey(point, OnToken(VerifyingPolicy())));
  const KeyDescription key = ExpectAsAsked(pinned, OnToken(VerifyingPolicy()));
  EXPECT_EQ(key.key_type, "EC-P256");
  EXPECT_FALSE(key.local);
  EXPECT_EQ(OrThrow(session().P256Point(pinned)), point);
  const auto rsa = OrThrow(session().ImportRsaPublicKey(
      std::string(384, '\xab'), std::string("\x01\x00\x01", 3), WrapPolicy()));
  EXPECT_EQ(ExpectAsAsked(rsa, WrapPolicy()).key_type, "RSA-3072");
}

TEST_F(KeyAttributesTest, KeyWithoutUsesIsUseless) {
  const KeyPolicy nothing{.label = "nothing", .id = "n"};
  const auto pair = OrThrow(session().GenerateP256(SigningPolicy(), nothing));
  ExpectAsAsked(pair.public_key, nothing);
  EXPECT_FALSE(
      session().VerifyEcdsa(pair.public_key, std::string(32, 'd'), std::string(64, 's')).ok());
  ExpectSessionUsable();
}

TEST_F(KeyAttributesTest, UsesThatWereNotAskedForAreDenied) {
  const std::string nonce(12, 'n');
  const std::string digest(32, 'd');
  KeyPolicy encrypt_only = MessagePolicy();
  encrypt_only.usages = {Usage::kEncrypt};
  const auto request = OrThrow(session().GenerateAes256(encrypt_only));
  const std::string sealed = OrThrow(session().EncryptGcm(request, nonce, "aad", "text"));
  EXPECT_TRUE(
      absl::IsPermissionDenied(session().DecryptGcm(request, nonce, "aad", sealed).status()));

  KeyPolicy decrypt_only = MessagePolicy();
  decrypt_only.usages = {Usage::kDecrypt};
  const auto response = OrThrow(session().GenerateAes256(decrypt_only));
  EXPECT_TRUE(
      absl::IsPermissionDenied(session().EncryptGcm(response, nonce, "aad", "text").status()));

  const auto derive = OrThrow(session().GenerateAes256(DerivePolicy()));
  EXPECT_FALSE(session().EncryptGcm(derive, nonce, "aad", "text").ok());
  EXPECT_FALSE(session().SignCmac(derive, "text").ok());
  const auto pair = OrThrow(session().GenerateP256(SigningPolicy(), VerifyingPolicy()));
  EXPECT_FALSE(session().VerifyEcdsa(pair.private_key, digest, std::string(64, 's')).ok());
  EXPECT_FALSE(session().SignEcdsa(pair.public_key, digest, nullptr).ok());
  ExpectSessionUsable();
}

TEST_F(KeyAttributesTest, MechanismsThatWereNotAllowedAreDenied) {
  KeyPolicy policy = CmacPolicy();
  policy.usages = {Usage::kSign, Usage::kEncrypt};  // CMAC only, though it may encrypt
  const auto key = OrThrow(session().GenerateAes256(policy));
  EXPECT_TRUE(session().SignCmac(key, "text").ok());
  const auto sealed = session().EncryptGcm(key, std::string(12, 'n'), "aad", "text");
  EXPECT_TRUE(absl::IsFailedPrecondition(sealed.status())) << sealed.status();
  EXPECT_THAT(Message(sealed.status()), ::testing::HasSubstr("CKR_MECHANISM_INVALID"));
  ExpectSessionUsable();
}

}  // namespace
}  // namespace signet::testing
