// Loading a module: what goes wrong, and who finalizes it.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/integration/pkcs11/token_fixture.h"

namespace signet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(ModuleLoadTest, MissingModule) {
  const auto module = pkcs11::Module::Load("/nowhere/libsofthsm2.so");
  EXPECT_TRUE(absl::IsNotFound(module.status()));
  EXPECT_THAT(Message(module.status()),
              AllOf(HasSubstr("/nowhere/libsofthsm2.so"), HasSubstr("--pkcs11-module")));
}

TEST(ModuleLoadTest, NotALibrary) {
  const std::string path = std::filesystem::path(::testing::TempDir()) / "not-a-library.so";
  std::ofstream(path) << "text";
  const auto module = pkcs11::Module::Load(path);
  EXPECT_TRUE(absl::IsFailedPrecondition(module.status())) << module.status();
  EXPECT_THAT(Message(module.status()), AllOf(HasSubstr(path), HasSubstr("--pkcs11-module")));
  std::filesystem::remove(path);
}

TEST(ModuleLoadTest, LibraryThatIsNoModule) {
  const auto module = pkcs11::Module::Load("libm.so.6");
  EXPECT_TRUE(absl::IsFailedPrecondition(module.status())) << module.status();
  EXPECT_THAT(Message(module.status()), HasSubstr("not a PKCS#11 module"));
}

TEST(ModuleLoadTest, ModuleThatDoesNotInitialize) {
  setenv("SOFTHSM2_CONF", "/nowhere/softhsm2.conf", 1);
  const auto module = pkcs11::Module::Load(kSoftHsmPath);
  EXPECT_TRUE(absl::IsFailedPrecondition(module.status())) << module.status();
  EXPECT_THAT(
      Message(module.status()),
      AllOf(HasSubstr(kSoftHsmPath), HasSubstr("C_Initialize: CKR_"), HasSubstr("SOFTHSM2_CONF")));
  // A failure leaves nothing behind.
  EXPECT_TRUE(SoftToken::Create("after").ok());
}

TEST(ModuleLoadTest, LastUserFinalizes) {
  auto token = OrThrow(SoftToken::Create("users"));
  std::unique_ptr<pkcs11::Session> session;
  {
    const pkcs11::Module second = OrThrow(pkcs11::Module::Load(kSoftHsmPath));
    session = OrThrow(pkcs11::Session::Open(OrThrow(second.FindToken("users"))));
  }
  // The session outlives both modules that led to it.
  token->Unload();
  EXPECT_TRUE(session->Login(token->pin()).ok());
  EXPECT_TRUE(session->Random(8).ok());
  session.reset();
  // Finalized now: a new start is logged out.
  ASSERT_TRUE(token->Reload().ok());
  session = OrThrow(pkcs11::Session::Open(OrThrow(token->slot())));
  EXPECT_FALSE(OrThrow(session->IsLoggedIn()));
}

TEST(MechanismsTest, NamesEveryMissingMechanismInOneLine) {
  auto token = OrThrow(SoftToken::Create("few"));
  using pkcs11::Mechanism;
  const std::vector<Mechanism> all = {Mechanism::kAesKeyGen,     Mechanism::kAesEcbEncryptData,
                                      Mechanism::kAesGcm,        Mechanism::kAesCmac,
                                      Mechanism::kEcKeyPairGen,  Mechanism::kEcdsa,
                                      Mechanism::kRsaKeyPairGen, Mechanism::kRsaOaep};
  EXPECT_TRUE(OrThrow(token->slot()).RequireMechanisms(all).ok());

  token->Unload();
  // SoftHSM 2.6.1 overlooks the first name of such a list.
  std::ofstream(token->config_path(), std::ios::app)
      << "slots.mechanisms = -CKM_DES_ECB,CKM_ECDSA,CKM_RSA_PKCS_OAEP\n";
  ASSERT_TRUE(token->Reload().ok());
  const pkcs11::Slot slot = OrThrow(token->slot());
  EXPECT_FALSE(OrThrow(slot.Supports(Mechanism::kEcdsa)));
  EXPECT_TRUE(OrThrow(slot.Supports(Mechanism::kAesGcm)));
  const absl::Status status = slot.RequireMechanisms(all);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(Message(status), AllOf(HasSubstr("lacks CKM_ECDSA, CKM_RSA_PKCS_OAEP;"),
                                     HasSubstr("use a module, or a firmware, that has them")));
}

}  // namespace
}  // namespace signet::testing
