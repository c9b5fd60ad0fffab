#include <gtest/gtest.h>

#include <thread>

#include "libs/base/hex.h"
#include "libs/openssl/digest.h"
#include "libs/openssl/p256.h"
#include "tests/unit/openssl/error_queue.h"

namespace signet::openssl {
namespace {

// RFC 6979, A.2.5: P-256, SHA-256, message "sample".
const char kPoint[] =
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
const std::string kR = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
const std::string kS = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
// n, n - 1 and n + 1 (SP 800-186, 3.2.1.3), and p.
const std::string kN = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
const std::string kNMinus1 = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550";
const std::string kNPlus1 = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552";
const std::string kP = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff";
const std::string kZero(64, '0');
const std::string kOne = std::string(63, '0') + "1";
const std::string kAllOnes(64, 'f');

std::unique_ptr<VerifyingKey> Rfc6979Key() {
  auto key = ParseP256PublicKey(*P256SpkiFromPoint(*FromHex(kPoint)));
  EXPECT_TRUE(key.ok()) << key.status();
  return *std::move(key);
}

void ExpectRefused(VerifyingKey& key, std::string_view signature) {
  const absl::Status status = key.VerifyDigest(Sha256("sample"), signature);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << ToHex(signature);
  EXPECT_EQ(status.message(), "authentication failed");
  ExpectEmptyErrorQueue();
}

TEST(P256Signature, Rfc6979) {
  EXPECT_TRUE(Rfc6979Key()->VerifyDigest(Sha256("sample"), *FromHex(kR + kS)).ok());
}

// The kinds of Wycheproof's ecdsa_secp256r1_sha256_p1363_test: r and s at and beyond the ends of
// their range, and the values that a careless verifier takes for valid.
TEST(P256Signature, ScalarsOutOfRange) {
  const auto key = Rfc6979Key();
  const std::string edges[] = {kZero, kOne, kNMinus1, kN, kNPlus1, kP, kAllOnes};
  for (const std::string& r : edges) {
    for (const std::string& s : edges) ExpectRefused(*key, *FromHex(r + s));
    ExpectRefused(*key, *FromHex(r + kS));
  }
  for (const std::string& s : edges) ExpectRefused(*key, *FromHex(kR + s));
}

TEST(P256Signature, NegatedTwosComplement) {
  // What a reader of signed integers would take for -r.
  std::string negative = *FromHex(kR);
  for (char& c : negative) c = static_cast<char>(~c);
  negative.back() = static_cast<char>(negative.back() + 1);
  ExpectRefused(*Rfc6979Key(), negative + *FromHex(kS));
}

TEST(P256Signature, OtherLengths) {
  const auto key = Rfc6979Key();
  const std::string good = *FromHex(kR + kS);
  for (size_t size = 0; size < good.size(); ++size) ExpectRefused(*key, good.substr(0, size));
  ExpectRefused(*key, good + std::string(1, '\0'));
  ExpectRefused(*key, std::string(1, '\0') + good);
  ExpectRefused(*key, std::string(1, '\0') + *FromHex(kR) + std::string(1, '\0') + *FromHex(kS));
  ExpectRefused(*key, good + good);
  ExpectRefused(*key, *DerSignature(good));  // the other form of the same signature
}

TEST(P256Signature, EveryChangedBitIsFound) {
  const auto key = Rfc6979Key();
  const std::string good = *FromHex(kR + kS);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string changed = good;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    ExpectRefused(*key, changed);
  }
  ExpectRefused(*key, *FromHex(kS + kR));
  EXPECT_EQ(key->VerifyDigest(Sha256("Sample"), good).code(), absl::StatusCode::kUnauthenticated);
}

TEST(P256Signature, DigestsOfOtherSizesAreACallersMistake) {
  const auto key = P256PrivateKey::Generate();
  ASSERT_TRUE(key.ok());
  for (const size_t size : {0u, 20u, 31u, 33u, 64u}) {
    const std::string digest(size, 'd');
    EXPECT_EQ((*key)->SignDigest(digest).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(Rfc6979Key()->VerifyDigest(digest, *FromHex(kR + kS)).code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST(P256Signature, SignAndVerify) {
  const auto key = P256PrivateKey::Generate();
  const auto other = P256PrivateKey::Generate();
  ASSERT_TRUE(key.ok() && other.ok());
  const auto public_key = ParseP256PublicKey((*key)->PublicKeyDer());
  const auto other_public_key = ParseP256PublicKey((*other)->PublicKeyDer());
  for (int i = 0; i < 300; ++i) {  // short r and s occur, and must be padded
    const std::string digest = Sha256(std::to_string(i));
    const auto signature = (*key)->SignDigest(digest);
    ASSERT_TRUE(signature.ok());
    ASSERT_EQ(signature->size(), 64u);
    EXPECT_TRUE((*public_key)->VerifyDigest(digest, *signature).ok());
    EXPECT_FALSE((*other_public_key)->VerifyDigest(digest, *signature).ok());
  }
}

TEST(P256Signature, OneKeyVerifiesInSeveralThreads) {
  const auto key = Rfc6979Key();
  const std::string digest = Sha256("sample");
  const std::string good = *FromHex(kR + kS);
  const std::string bad = *FromHex(kS + kR);
  std::thread threads[4];
  for (std::thread& thread : threads) {
    thread = std::thread([&] {
      for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(key->VerifyDigest(digest, good).ok());
        EXPECT_FALSE(key->VerifyDigest(digest, bad).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(DerSignature, IntegersAreMinimalAndPositive) {
  EXPECT_EQ(ToHex(*DerSignature(*FromHex(kOne + kOne))), "3006020101020101");
  const std::string high = "80" + std::string(62, '0');
  EXPECT_EQ(ToHex(*DerSignature(*FromHex(high + kOne))),
            "302602210080" + std::string(62, '0') + "020101");
  for (const std::string& bad : {kZero + kOne, kOne + kZero, kN + kOne, kOne + kAllOnes}) {
    EXPECT_EQ(DerSignature(*FromHex(bad)).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(DerSignature("").ok());
  EXPECT_FALSE(DerSignature(std::string(63, '\x01')).ok());
}

}  // namespace
}  // namespace signet::openssl
