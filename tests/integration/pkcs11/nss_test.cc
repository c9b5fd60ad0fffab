// NSS's softoken, whose ways differ: it is told where its files are, has no security officer, and
// reads keys of the token from a file at each use.
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/integration/pkcs11/token_fixture.h"

namespace signet::testing {
namespace {

using pkcs11::Mechanism;
using pkcs11::ObjectHandle;

class NssTest : public ::testing::Test {
 protected:
  NssTest() {
    setenv("SIGNET_TEST_MODULE", "nss", /*overwrite=*/1);
    token_ = OrThrow(SoftToken::Create("signet-test"));
    session_ = OrThrow(token_->LoggedIn());
  }
  ~NssTest() override {
    session_.reset();
    token_.reset();
    if (before_.empty()) {
      unsetenv("SIGNET_TEST_MODULE");
    } else {
      setenv("SIGNET_TEST_MODULE", before_.c_str(), /*overwrite=*/1);
    }
  }
  // Of a key derived from the base.
  std::string CheckValue(ObjectHandle base) {
    const pkcs11::ScopedObject derived(
        *session_, OrThrow(session_->DeriveAes(base, std::string(32, 'k'), 32, CmacPolicy())));
    return OrThrow(session_->SignCmac(derived.get(), std::string(16, '\0')));
  }

  const std::string before_ = TestsUseNss() ? "nss" : "";
  std::unique_ptr<SoftToken> token_;
  std::unique_ptr<pkcs11::Session> session_;
};

long ResidentKb() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    long kb = 0;
    if (std::sscanf(line.c_str(), "VmRSS: %ld kB", &kb) == 1) return kb;
  }
  throw std::runtime_error("no VmRSS");
}

TEST_F(NssTest, HasWhatAServerNeeds) {
  const auto slot = OrThrow(token_->slot());
  EXPECT_EQ(OrThrow(slot.Info()).label, "signet-test");
  const auto status = slot.RequireMechanisms(
      {Mechanism::kAesEcbEncryptData, Mechanism::kAesGcm, Mechanism::kAesCmac, Mechanism::kEcdsa,
       Mechanism::kRsaOaep, Mechanism::kAesKeyGen, Mechanism::kEcKeyPairGen});
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(NssTest, TheTokenOutlivesTheProcessAndAsksForItsPin) {
  const ObjectHandle made = OrThrow(session_->GenerateAes256(OnToken(DerivePolicy())));
  const std::string before = CheckValue(made);
  session_.reset();
  ASSERT_TRUE(token_->Reload().ok());
  auto session = OrThrow(pkcs11::Session::Open(OrThrow(token_->slot())));
  EXPECT_TRUE(absl::IsUnauthenticated(session->Login(Secret("not the PIN"))));
  session_ = OrThrow(token_->LoggedIn());
  EXPECT_EQ(CheckValue(OrThrow(session_->FindOne({.label = "base"}))), before);
}

TEST_F(NssTest, AKeyInUseIsACopyThatCannotLeaveEither) {
  const ObjectHandle key = OrThrow(session_->GenerateAes256(OnToken(DerivePolicy())));
  const ObjectHandle copy = OrThrow(session_->ForUse(key));
  EXPECT_NE(copy, key);
  EXPECT_EQ(CheckValue(copy), CheckValue(key));
  for (const ObjectHandle handle : {key, copy}) {
    const auto description = OrThrow(session_->Describe(handle));
    EXPECT_EQ(description.on_token, handle == key);
    EXPECT_TRUE(description.sensitive);
    EXPECT_FALSE(description.extractable);
    EXPECT_THAT(description.usages, ::testing::ElementsAre(pkcs11::Usage::kDerive));
  }
}

TEST_F(NssTest, ACopiedKeySigns) {
  const auto pair =
      OrThrow(session_->GenerateP256(OnToken(SigningPolicy()), OnToken(VerifyingPolicy())));
  const ObjectHandle copy = OrThrow(session_->ForUse(pair.private_key));
  const std::string digest(32, 'd');
  const std::string signature = OrThrow(session_->SignEcdsa(copy, digest, nullptr));
  EXPECT_TRUE(session_->VerifyEcdsa(pair.public_key, digest, signature).ok());
  EXPECT_FALSE(OrThrow(session_->Describe(copy)).always_authenticate);
}

// SoftHSM 2.6.1 would keep 7 MB of these until it is finalized.
TEST_F(NssTest, DestroyedKeysLeaveNothingBehind) {
  const ObjectHandle base = OrThrow(session_->GenerateAes256(DerivePolicy()));
  for (int i = 0; i < 1000; ++i) CheckValue(base);
  const long before = ResidentKb();
  for (int i = 0; i < 30000; ++i) CheckValue(base);
  EXPECT_LT(ResidentKb() - before, 1024);
}

}  // namespace
}  // namespace signet::testing
