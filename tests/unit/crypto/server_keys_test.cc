#include "services/crypto/hsm/server_keys.h"

#include <gtest/gtest.h>

namespace signet::crypto {
namespace {

using pkcs11::KeyDescription;
using pkcs11::Mechanism;
using pkcs11::Usage;

KeyDescription GoodBdk() {
  KeyDescription key;
  key.object_class = "secret";
  key.sensitive = true;
  key.usages = {Usage::kDerive};
  key.allowed_mechanisms = {Mechanism::kAesEcbEncryptData};
  return key;
}

TEST(ServerKeysTest, PoliciesAllowOnePurposeEach) {
  const auto bdk = BdkPolicy(0x01020304);
  EXPECT_EQ(bdk.id, std::string("\x01\x02\x03\x04"));
  EXPECT_EQ(bdk.usages, std::vector{Usage::kDerive});
  EXPECT_TRUE(bdk.on_token);
  EXPECT_FALSE(bdk.extractable);
  EXPECT_EQ(SigningKeyPolicy("x").usages, std::vector{Usage::kSign});
  EXPECT_EQ(VerifyingKeyPolicy("x").usages, std::vector{Usage::kVerify});
}

TEST(ServerKeysTest, AcceptsAKeyThatFitsItsPolicy) {
  EXPECT_TRUE(CheckKeyAgainstPolicy(GoodBdk(), BdkPolicy(1)).ok());
}

TEST(ServerKeysTest, RefusesAKeyThatCouldLeaveTheModule) {
  auto key = GoodBdk();
  key.extractable = true;
  EXPECT_EQ(CheckKeyAgainstPolicy(key, BdkPolicy(1)).code(), absl::StatusCode::kFailedPrecondition);
  key = GoodBdk();
  key.sensitive = false;
  EXPECT_EQ(CheckKeyAgainstPolicy(key, BdkPolicy(1)).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(ServerKeysTest, RefusesAKeyThatMayDoMore) {
  auto key = GoodBdk();
  key.usages = {Usage::kDerive, Usage::kEncrypt};
  EXPECT_FALSE(CheckKeyAgainstPolicy(key, BdkPolicy(1)).ok());
  key.usages = {};
  EXPECT_FALSE(CheckKeyAgainstPolicy(key, BdkPolicy(1)).ok());
  key = GoodBdk();
  key.allowed_mechanisms.push_back(Mechanism::kAesGcm);
  EXPECT_FALSE(CheckKeyAgainstPolicy(key, BdkPolicy(1)).ok());
}

}  // namespace
}  // namespace signet::crypto
