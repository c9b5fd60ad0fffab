// The key ceremony in a fresh token: what it makes, that it makes it once, and what each key may
// do.
#include "services/crypto/hsm/key_ceremony.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "libs/base/hex.h"
#include "libs/openssl/certificate.h"
#include "libs/program/program.h"
#include "services/crypto/hsm/server_keys.h"
#include "tests/integration/crypto/server_token.h"
#include "tests/support/failing_module.h"

namespace signet::crypto {
namespace {

using pkcs11::Mechanism;
using pkcs11::Usage;

class KeyCeremonyTest : public ::testing::Test {
 protected:
  KeyCeremonyTest() {
    static int number = 0;
    options_.token = TestServerToken().hsm_options().token;
    options_.token.token_label = "ceremony-" + std::to_string(++number);
    options_.so_pin_file = folder_.path() + "/so-pin";
    testing::WriteFile(options_.so_pin_file, "security-officer\n");
    options_.bdk_id = 0x01020304;
    options_.device_ca_file = folder_.path() + "/device-ca.pem";
    options_.receipt_key_file = folder_.path() + "/receipt-key.pem";
  }

  absl::StatusOr<std::vector<std::string>> Hold() {
    return HoldKeyCeremony(options_, SystemClock());
  }

  std::unique_ptr<pkcs11::Session> LoggedIn() {
    return TestServerToken().token().LoggedIn(options_.token.token_label).value();
  }

  testing::TempDir folder_;
  CeremonyOptions options_;
};

TEST_F(KeyCeremonyTest, MakesEverythingOnce) {
  const auto made = Hold();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->size(), 6u);  // token, BDK, two pairs, two files
  const std::string ca = testing::ReadFile(options_.device_ca_file);
  const std::string receipt = testing::ReadFile(options_.receipt_key_file);

  const auto again = Hold();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->empty());
  EXPECT_EQ(testing::ReadFile(options_.device_ca_file), ca);
  EXPECT_EQ(testing::ReadFile(options_.receipt_key_file), receipt);
  EXPECT_EQ(LoggedIn()->Find({})->size(), 5u);
}

TEST_F(KeyCeremonyTest, EachKeyMayDoExactlyOneThing) {
  ASSERT_TRUE(Hold().ok());
  auto session = LoggedIn();
  int seen = 0;
  const auto objects = session->Find({});
  ASSERT_TRUE(objects.ok());
  for (const auto handle : *objects) {
    const auto key = session->Describe(handle).value();
    SCOPED_TRACE(key.label + " " + key.object_class);
    EXPECT_TRUE(key.on_token);
    EXPECT_TRUE(key.local);
    EXPECT_FALSE(key.modifiable);
    EXPECT_FALSE(key.copyable);
    EXPECT_FALSE(key.always_authenticate);
    if (key.object_class == "public") {
      EXPECT_EQ(key.usages, std::vector{Usage::kVerify});
      EXPECT_EQ(key.allowed_mechanisms, std::vector{Mechanism::kEcdsa});
    } else {
      EXPECT_TRUE(key.sensitive);
      EXPECT_FALSE(key.extractable);
      EXPECT_TRUE(key.never_extractable);
      EXPECT_TRUE(key.is_private);
    }
    if (key.label == kBdkLabel) {
      ++seen;
      EXPECT_EQ(key.object_class, "secret");
      EXPECT_EQ(key.key_type, "AES-256");
      EXPECT_EQ(key.id, std::string("\x01\x02\x03\x04"));
      EXPECT_EQ(key.usages, std::vector{Usage::kDerive});
      EXPECT_EQ(key.allowed_mechanisms, std::vector{Mechanism::kAesEcbEncryptData});
    } else if (key.object_class == "private") {
      ++seen;
      EXPECT_TRUE(key.label == kReceiptKeyLabel || key.label == kDeviceCaLabel);
      EXPECT_EQ(key.key_type, "EC-P256");
      EXPECT_EQ(key.usages, std::vector{Usage::kSign});
      EXPECT_EQ(key.allowed_mechanisms, std::vector{Mechanism::kEcdsa});
    }
  }
  EXPECT_EQ(seen, 3);
}

TEST_F(KeyCeremonyTest, WritesTheDeviceCaAndTheReceiptKeyOfTheToken) {
  ASSERT_TRUE(Hold().ok());
  auto session = LoggedIn();
  const auto ca =
      openssl::FromPem("CERTIFICATE", testing::ReadFile(options_.device_ca_file)).value();
  EXPECT_EQ(openssl::ParseCertificate(ca)->public_key_spki_der,
            PublicKeyDer(*session, kDeviceCaLabel).value());
  EXPECT_TRUE(openssl::VerifyCertificate(ca, ca, SystemClock().NowUnixMs() / 1000).ok());
  // keyUsage: digitalSignature (enrollments' answers), keyCertSign, cRLSign.
  EXPECT_NE(ToHex(ca).find("0603551d0f0101ff040403020186"), std::string::npos);
  EXPECT_EQ(openssl::FromPem("PUBLIC KEY", testing::ReadFile(options_.receipt_key_file)).value(),
            PublicKeyDer(*session, kReceiptKeyLabel).value());
}

TEST_F(KeyCeremonyTest, CompletesWhatIsMissing) {
  ASSERT_TRUE(Hold().ok());
  const std::string receipt_key = testing::ReadFile(options_.receipt_key_file);
  {
    auto session = LoggedIn();
    pkcs11::ObjectFilter half;
    half.label = kDeviceCaLabel;
    for (const char* object_class : {"private", "public"}) {
      half.object_class = object_class;
      const absl::Status destroyed = session->Destroy(session->FindOne(half).value());
      ASSERT_TRUE(destroyed.ok()) << object_class << ": " << destroyed;
    }
  }
  std::filesystem::remove(options_.device_ca_file);
  std::filesystem::remove(options_.receipt_key_file);
  const auto made = Hold();
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->size(), 3u);  // the pair and the two files
  EXPECT_EQ(testing::ReadFile(options_.receipt_key_file), receipt_key);
}

TEST_F(KeyCeremonyTest, MakesNoSecondBdkWhichNoServiceCouldServe) {
  ASSERT_TRUE(Hold().ok());
  options_.bdk_id = 0x0a0b0c0d;
  const auto second = Hold();
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status())) << second.status();
  for (const char* word : {"01020304", "--bdk-id 01020304", "nothing was changed"}) {
    EXPECT_NE(second.status().message().find(word), std::string::npos) << second.status();
  }
  EXPECT_EQ(LoggedIn()->Find({})->size(), 5u);
}

TEST_F(KeyCeremonyTest, AModuleThatLacksAMechanismKeepsItsTokenEmpty) {
  testing::FailingModule module;
  options_.token.library_path = module.path();
  module.TakeMechanismFlags(0x1087 /* CKM_AES_GCM */, 0x300 /* CKF_ENCRYPT | CKF_DECRYPT */);
  const auto made = Hold();
  module.TakeMechanismFlags(~0UL, 0);
  EXPECT_TRUE(absl::IsFailedPrecondition(made.status())) << made.status();
  EXPECT_NE(made.status().message().find("without CKF_ENCRYPT or CKF_DECRYPT"), std::string::npos)
      << made.status();
  EXPECT_TRUE(absl::IsNotFound(
      pkcs11::Module::Load(module.path())->FindToken(options_.token.token_label).status()));
}

TEST_F(KeyCeremonyTest, NeverOverwritesAnotherTokensCertificate) {
  testing::WriteFile(options_.device_ca_file,
                     testing::ReadFile(TestServerToken().device_ca_file()));
  const auto made = Hold();
  EXPECT_EQ(made.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(testing::ReadFile(options_.device_ca_file),
            testing::ReadFile(TestServerToken().device_ca_file()));
}

TEST_F(KeyCeremonyTest, RefusesAHalfPair) {
  ASSERT_TRUE(Hold().ok());
  {
    auto session = LoggedIn();
    pkcs11::ObjectFilter half;
    half.label = kReceiptKeyLabel;
    half.object_class = "private";
    ASSERT_TRUE(session->Destroy(session->FindOne(half).value()).ok());
  }
  const auto made = Hold();
  EXPECT_EQ(made.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(serving::ExitCodeOf(made.status()), serving::ExitCode::kHardwareModule);
}

TEST_F(KeyCeremonyTest, RefusesABdkThatCouldLeaveTheModule) {
  ASSERT_TRUE(TestServerToken().token().AddToken(options_.token.token_label).ok());
  {
    pkcs11::KeyPolicy weak = BdkPolicy(options_.bdk_id);
    weak.extractable = true;
    ASSERT_TRUE(LoggedIn()->GenerateAes256(weak).ok());
  }
  EXPECT_EQ(Hold().status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace signet::crypto
