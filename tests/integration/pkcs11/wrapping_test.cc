// An initial key's way from the server's token to the device's: derived, wrapped under the device's
// RSA key, unwrapped, never readable.
#include "tests/integration/pkcs11/token_fixture.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

// RSA keys take seconds to make, so all tests share two tokens and one transport key.
class WrappingTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    token_ = OrThrow(SoftToken::Create("server"));
    OrThrow(token_->AddToken("device"));
    server_ = OrThrow(token_->LoggedIn());
    device_ = OrThrow(token_->LoggedIn("device"));
    transport_ = OrThrow(device_->GenerateRsa3072(OnToken(UnwrapPolicy()), OnToken(WrapPolicy())));
    const auto numbers = OrThrow(device_->RsaPublicNumbers(transport_.public_key));
    wrapping_ = OrThrow(
        server_->ImportRsaPublicKey(numbers.modulus, numbers.public_exponent, WrapPolicy()));
    bdk_ = OrThrow(server_->GenerateAes256(OnToken(DerivePolicy())));
  }

  static void TearDownTestSuite() {
    server_.reset();
    device_.reset();
    token_.reset();
  }

  static pkcs11::ObjectHandle InitialKey(bool extractable) {
    pkcs11::KeyPolicy policy = DerivePolicy();
    policy.extractable = extractable;
    return OrThrow(server_->DeriveAes(bdk_, std::string(32, 'i'), 32, policy));
  }

  static std::string CheckValue(pkcs11::Session& session, pkcs11::ObjectHandle initial_key) {
    const auto check =
        OrThrow(session.DeriveAes(initial_key, std::string(32, 'k'), 32, CmacPolicy()));
    return OrThrow(session.SignCmac(check, std::string(16, '\0')));
  }

  static inline std::unique_ptr<SoftToken> token_;
  static inline std::unique_ptr<pkcs11::Session> server_, device_;
  static inline pkcs11::KeyPair transport_;
  static inline pkcs11::ObjectHandle wrapping_ = 0;
  static inline pkcs11::ObjectHandle bdk_ = 0;
};

TEST_F(WrappingTest, InitialKeyReachesTheDevice) {
  const auto numbers = OrThrow(device_->RsaPublicNumbers(transport_.public_key));
  EXPECT_EQ(numbers.modulus.size(), 384u);
  EXPECT_EQ(numbers.public_exponent, std::string("\x01\x00\x01", 3));
  const auto initial_key = InitialKey(true);
  const std::string wrapped = OrThrow(server_->WrapOaep(wrapping_, initial_key));
  EXPECT_EQ(wrapped.size(), 384u);
  const auto received =
      device_->UnwrapOaepAes(transport_.private_key, wrapped, OnToken(DerivePolicy()));
  ASSERT_TRUE(received.ok()) << received.status();
  EXPECT_EQ(CheckValue(*device_, *received), CheckValue(*server_, initial_key));

  const pkcs11::KeyDescription description = OrThrow(device_->Describe(*received));
  EXPECT_EQ(description.object_class, "secret");
  EXPECT_THAT(description.key_type, ::testing::StartsWith("AES"));
  EXPECT_TRUE(description.sensitive);
  EXPECT_FALSE(description.extractable);
  EXPECT_FALSE(description.never_extractable);
  EXPECT_FALSE(description.local);
}

TEST_F(WrappingTest, KeyThatMayNotLeaveIsNotWrapped) {
  for (pkcs11::ObjectHandle key : {InitialKey(false), bdk_}) {
    const auto wrapped = server_->WrapOaep(wrapping_, key);
    EXPECT_TRUE(absl::IsPermissionDenied(wrapped.status())) << wrapped.status();
    EXPECT_THAT(Message(wrapped.status()), HasSubstr("CKR_KEY_UNEXTRACTABLE"));
  }
  EXPECT_TRUE(server_->WrapOaep(wrapping_, InitialKey(true)).ok());
}

TEST_F(WrappingTest, ReceivedKeyDoesNotLeaveAgain) {
  const std::string wrapped = OrThrow(server_->WrapOaep(wrapping_, InitialKey(true)));
  const auto received =
      OrThrow(device_->UnwrapOaepAes(transport_.private_key, wrapped, DerivePolicy()));
  const auto again = device_->WrapOaep(transport_.public_key, received);
  EXPECT_TRUE(absl::IsPermissionDenied(again.status())) << again.status();
}

TEST_F(WrappingTest, ChangedWrappingIsRefused) {
  const std::string wrapped = OrThrow(server_->WrapOaep(wrapping_, InitialKey(true)));
  std::string changed = wrapped;
  changed[100] = static_cast<char>(changed[100] ^ 1);
  for (const std::string& bad : {changed, wrapped.substr(1), wrapped + 'x', std::string()}) {
    const auto key = device_->UnwrapOaepAes(transport_.private_key, bad, DerivePolicy());
    EXPECT_FALSE(key.ok());
    EXPECT_THAT(Message(key.status()), HasSubstr("C_UnwrapKey: CKR_"));
  }
  EXPECT_TRUE(device_->UnwrapOaepAes(transport_.private_key, wrapped, DerivePolicy()).ok());
}

TEST_F(WrappingTest, AnotherDevicesKeyDoesNotOpenIt) {
  const std::string wrapped = OrThrow(server_->WrapOaep(wrapping_, InitialKey(true)));
  const auto other = OrThrow(device_->GenerateRsa3072(UnwrapPolicy(), WrapPolicy()));
  EXPECT_FALSE(device_->UnwrapOaepAes(other.private_key, wrapped, DerivePolicy()).ok());
}

TEST_F(WrappingTest, SigningKeysNeitherWrapNorUnwrap) {
  const auto pair = OrThrow(device_->GenerateP256(SigningPolicy(), VerifyingPolicy()));
  EXPECT_FALSE(
      device_->UnwrapOaepAes(pair.private_key, std::string(384, 'w'), DerivePolicy()).ok());
  const auto signing_only = OrThrow(server_->GenerateP256(SigningPolicy(), VerifyingPolicy()));
  EXPECT_FALSE(server_->WrapOaep(signing_only.public_key, InitialKey(true)).ok());
  EXPECT_TRUE(server_->WrapOaep(wrapping_, InitialKey(true)).ok());
}

}  // namespace
}  // namespace signet::testing
