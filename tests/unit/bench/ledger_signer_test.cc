#include "tests/bench/devices/ledger_signer.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/digest.h"
#include "libs/openssl/p256.h"

namespace signet::bench {
namespace {

TEST(LedgerSigner, SignsAsAnyKeyDoes) {
  const auto signer = LedgerSigner::Create();
  ASSERT_TRUE(signer.ok()) << signer.status();
  const auto key = openssl::ParseP256PublicKey((*signer)->public_key_der());
  ASSERT_TRUE(key.ok()) << key.status();
  for (int i = 0; i < 100; ++i) {
    const std::string digest = openssl::Sha256(absl::StrCat("message ", i));
    const auto signature = (*signer)->SignDigest(digest);
    ASSERT_TRUE(signature.ok()) << signature.status();
    EXPECT_TRUE((*key)->VerifyDigest(digest, *signature).ok()) << i;
    EXPECT_FALSE((*key)->VerifyDigest(openssl::Sha256("another"), *signature).ok()) << i;
  }
  EXPECT_FALSE((*signer)->SignDigest("short").ok());
}

TEST(LedgerSigner, IsTheSameKeyInEachProcess) {
  const auto one = LedgerSigner::Create();
  const auto other = LedgerSigner::Create();
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_EQ((*one)->public_key_der(), (*other)->public_key_der());
}

TEST(LedgerSigner, ProvesItsPossessionAtAnEnrollment) {
  const auto signer = LedgerSigner::Create();
  ASSERT_TRUE(signer.ok()) << signer.status();
  const auto csr = openssl::BuildCsr("device", (*signer)->public_key_der(), **signer);
  ASSERT_TRUE(csr.ok()) << csr.status();
  EXPECT_EQ(openssl::VerifyCsr(*csr).value(), (*signer)->public_key_der());
}

}  // namespace
}  // namespace signet::bench
