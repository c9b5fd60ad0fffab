// A message that does not open: forged, or is it the module that is broken?
#include <filesystem>

#include "libs/pkcs11/cryptoki.h"
#include "tests/integration/pkcs11/token_fixture.h"
#include "tests/support/failing_module.h"

namespace signet::testing {
namespace {

using ::testing::HasSubstr;

struct Sealed {
  std::string nonce = std::string(12, 'n');
  std::string ciphertext;
};

Sealed Seal(pkcs11::Session& session, pkcs11::ObjectHandle key) {
  Sealed sealed;
  sealed.ciphertext = OrThrow(session.EncryptGcm(key, sealed.nonce, "aad", "text"));
  return sealed;
}

Sealed Forged(Sealed sealed) {
  sealed.ciphertext.back() = static_cast<char>(sealed.ciphertext.back() ^ 1);
  return sealed;
}

absl::Status Open(pkcs11::Session& session, pkcs11::ObjectHandle key, const Sealed& sealed) {
  return session.DecryptGcm(key, sealed.nonce, "aad", sealed.ciphertext).status();
}

class ForgeryTest : public TokenTest {
 protected:
  size_t Objects() { return OrThrow(session().Find({.token_objects_only = false})).size(); }
};

TEST_F(ForgeryTest, IsRefusedWithoutATrace) {
  const auto key = OrThrow(session().GenerateAes256(MessagePolicy()));
  const Sealed sealed = Seal(session(), key);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Open(session(), key, Forged(sealed)), absl::UnauthenticatedError("message refused"));
    EXPECT_TRUE(Open(session(), key, sealed).ok());
  }
  EXPECT_EQ(Objects(), 1u);
  ExpectSessionUsable();
}

// Genuine or forged: without its key the module cannot know.
TEST_F(ForgeryTest, UnderALostKeyIsTheModulesMatter) {
  const auto key = OrThrow(session().GenerateAes256(OnToken(MessagePolicy())));
  const Sealed sealed = Seal(session(), key);
  const auto expect_modules_matter = [&](const char* what) {
    for (const Sealed& message : {sealed, Forged(sealed)}) {
      const absl::Status status = Open(session(), key, message);
      EXPECT_FALSE(status.ok() || absl::IsUnauthenticated(status)) << what << ": " << status;
    }
  };
  std::filesystem::remove_all(std::filesystem::path(token().config_path()).parent_path() /
                              "tokens");
  expect_modules_matter("the token's files are gone");
  ASSERT_TRUE(session().Logout().ok());
  expect_modules_matter("the token was logged out");
}

// SoftHSM behind a module that breaks.
class BrokenModuleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    token_ = OrThrow(SoftToken::Create("signet-test"));
    token_->Unload();
    module_.emplace(OrThrow(pkcs11::Module::Load(failing_.path())));
    session_ = OrThrow(pkcs11::Session::Open(OrThrow(module_->FindToken("signet-test"))));
    ASSERT_TRUE(session_->Login(token_->pin()).ok());
    key_ = OrThrow(session_->GenerateAes256(MessagePolicy()));
    sealed_ = Seal(*session_, key_);
  }

  FailingModule failing_;
  std::unique_ptr<SoftToken> token_;
  std::optional<pkcs11::Module> module_;
  std::unique_ptr<pkcs11::Session> session_;
  pkcs11::ObjectHandle key_ = 0;
  Sealed sealed_;
};

TEST_F(BrokenModuleTest, MeetsNoForgeries) {
  for (const Sealed& message : {sealed_, Forged(sealed_)}) {
    failing_.Fail({.code = CKR_GENERAL_ERROR, .function = "C_Decrypt"});
    const absl::Status status = Open(*session_, key_, message);
    EXPECT_TRUE(absl::IsInternal(status)) << status;
    EXPECT_THAT(Message(status), HasSubstr("C_Decrypt: CKR_GENERAL_ERROR"));
    failing_.Mend();
  }
  EXPECT_TRUE(Open(*session_, key_, sealed_).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(Open(*session_, key_, Forged(sealed_))));
}

TEST_F(BrokenModuleTest, LostItsLogin) {
  failing_.LogOutAtDecrypt();
  const absl::Status status = Open(*session_, key_, sealed_);
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_THAT(Message(status), HasSubstr("CKR_USER_NOT_LOGGED_IN"));
}

TEST_F(BrokenModuleTest, LostItsSession) {
  failing_.CloseAtDecrypt();
  const absl::Status status = Open(*session_, key_, sealed_);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(Message(status), HasSubstr("CKR_SESSION_HANDLE_INVALID"));
}

}  // namespace
}  // namespace signet::testing
