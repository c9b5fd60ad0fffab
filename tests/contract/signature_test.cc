// What every SigningKey and VerifyingKey promises: ECDSA over P-256 with raw r || s, and one and
// the same refusal for everything that is not the key's signature over that digest.
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "tests/contract/keys_under_test.h"

namespace signet::testing {
namespace {

constexpr size_t kHalf = 32;

// The order of P-256's group (FIPS 186-4, D.1.2.3).
std::string Order() {
  return FromHex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").value();
}

// a - b, or a + b, modulo 2^256.
std::string Subtract(const std::string& a, const std::string& b) {
  std::string result(kHalf, '\0');
  int borrow = 0;
  for (size_t i = kHalf; i-- > 0;) {
    const int digit = static_cast<unsigned char>(a[i]) - static_cast<unsigned char>(b[i]) - borrow;
    borrow = digit < 0 ? 1 : 0;
    result[i] = static_cast<char>(digit & 0xFF);
  }
  return result;
}

std::string Add(const std::string& a, const std::string& b) {
  return Subtract(a, Subtract(std::string(kHalf, '\0'), b));
}

class SignatureTest : public KeysTest {
 protected:
  void SetUp() override {
    KeysTest::SetUp();
    pair_ = keys().NewSignaturePair();
    const auto signature = pair_.signing->SignDigest(digest_);
    ASSERT_TRUE(signature.ok()) << signature.status();
    signature_ = *signature;
    ASSERT_EQ(signature_.size(), 2 * kHalf);
    r_ = signature_.substr(0, kHalf);
    s_ = signature_.substr(kHalf);
  }

  void ExpectRefused(const std::string& digest, const std::string& signature,
                     const std::string& what) {
    const absl::Status status = pair_.verifying->VerifyDigest(digest, signature);
    EXPECT_TRUE(absl::IsUnauthenticated(status)) << what << ": " << status;
    refusals_.insert(status.ToString());
  }

  void ExpectOneRefusalAndAWorkingKey() {
    EXPECT_EQ(refusals_.size(), 1u) << ::testing::PrintToString(refusals_);
    const absl::Status status = pair_.verifying->VerifyDigest(digest_, signature_);
    EXPECT_TRUE(status.ok()) << status;
  }

  const std::string digest_ = std::string(31, '\x5a') + '\x01';
  SignaturePair pair_;
  std::string signature_, r_, s_;
  std::set<std::string> refusals_;
};

TEST_P(SignatureTest, VerifiesWhatItSigned) {
  EXPECT_TRUE(pair_.verifying->VerifyDigest(digest_, signature_).ok());
  for (int i = 0; i < 50; ++i) {
    const std::string digest(kHalf, static_cast<char>(i));
    const auto signature = pair_.signing->SignDigest(digest);
    ASSERT_TRUE(signature.ok()) << signature.status();
    // Short r and s keep their leading zeros.
    EXPECT_EQ(signature->size(), 2 * kHalf);
    EXPECT_TRUE(pair_.verifying->VerifyDigest(digest, *signature).ok());
  }
}

TEST_P(SignatureTest, SignsOnlyDigests) {
  for (size_t size : {0u, 20u, 31u, 33u, 64u}) {
    const auto signature = pair_.signing->SignDigest(std::string(size, 'd'));
    EXPECT_TRUE(absl::IsInvalidArgument(signature.status())) << size << ": " << signature.status();
  }
  EXPECT_TRUE(pair_.signing->SignDigest(digest_).ok());
}

TEST_P(SignatureTest, RefusesEveryFlippedBit) {
  for (size_t bit = 0; bit < signature_.size() * 8; ++bit) {
    std::string changed = signature_;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    ExpectRefused(digest_, changed, "signature");
  }
  for (size_t bit = 0; bit < digest_.size() * 8; ++bit) {
    std::string changed = digest_;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    ExpectRefused(changed, signature_, "digest");
  }
  ExpectOneRefusalAndAWorkingKey();
}

TEST_P(SignatureTest, RefusesOtherLengths) {
  for (size_t size = 0; size < signature_.size(); ++size) {
    ExpectRefused(digest_, signature_.substr(0, size), "cut");
  }
  ExpectRefused(digest_, signature_ + '\0', "one byte more");
  ExpectRefused(digest_, '\0' + signature_, "one byte before");
  ExpectRefused(digest_, '\0' + r_ + '\0' + s_, "33-byte halves");
  ExpectRefused(digest_, signature_ + signature_, "twice");
  ExpectOneRefusalAndAWorkingKey();
}

TEST_P(SignatureTest, RefusesNumbersOutOfRange) {
  const std::string zero(kHalf, '\0');
  const std::string one = std::string(kHalf - 1, '\0') + '\x01';
  const std::string all_ones(kHalf, '\xff');
  const std::string order = Order();
  for (const std::string& bad : {zero, order, Add(order, one), all_ones}) {
    ExpectRefused(digest_, bad + s_, "r = " + ToHex(bad));
    ExpectRefused(digest_, r_ + bad, "s = " + ToHex(bad));
    ExpectRefused(digest_, bad + bad, "both = " + ToHex(bad));
    ExpectRefused(digest_, bad + one, "r out of range, s = 1");
    ExpectRefused(digest_, one + bad, "r = 1, s out of range");
  }
  ExpectRefused(digest_, one + one, "r = s = 1");
  ExpectRefused(digest_, Subtract(order, one) + Subtract(order, one), "r = s = n - 1");
  // CVE-2022-21449: all zeros over any digest.
  ExpectRefused(zero, zero + zero, "zeros over a zero digest");
  ExpectOneRefusalAndAWorkingKey();
}

TEST_P(SignatureTest, RefusesSwappedOrNegatedNumbers) {
  ExpectRefused(digest_, s_ + r_, "swapped");
  ExpectRefused(digest_, Subtract(Order(), r_) + s_, "r negated");
  std::string little_r(r_.rbegin(), r_.rend());
  std::string little_s(s_.rbegin(), s_.rend());
  ExpectRefused(digest_, little_r + little_s, "little-endian");
  ExpectOneRefusalAndAWorkingKey();
}

// (r, n - s) is a signature too by FIPS 186-4: a signature is no name for a message. Both
// implementations agree on it, so that no receipt verifies in one place only.
TEST_P(SignatureTest, AgreesOnTheOtherS) {
  const std::string other = r_ + Subtract(Order(), s_);
  EXPECT_TRUE(pair_.verifying->VerifyDigest(digest_, other).ok());
  EXPECT_TRUE(software().ImportVerifyingKey(pair_.point)->VerifyDigest(digest_, other).ok());
}

TEST_P(SignatureTest, RefusesAnotherKeysSignature) {
  const SignaturePair other = keys().NewSignaturePair();
  const auto signature = other.signing->SignDigest(digest_);
  ASSERT_TRUE(signature.ok()) << signature.status();
  ExpectRefused(digest_, *signature, "another key");
  EXPECT_TRUE(other.verifying->VerifyDigest(digest_, *signature).ok());
  ExpectOneRefusalAndAWorkingKey();
}

TEST_P(SignatureTest, SpeaksWithTheOtherImplementation) {
  EXPECT_EQ(pair_.point.size(), 65u);
  EXPECT_TRUE(software().ImportVerifyingKey(pair_.point)->VerifyDigest(digest_, signature_).ok());
  const SignaturePair other = software().NewSignaturePair();
  const auto signature = other.signing->SignDigest(digest_);
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_TRUE(keys().ImportVerifyingKey(other.point)->VerifyDigest(digest_, *signature).ok());
}

// RFC 6979, A.2.5: P-256 with SHA-256, message "sample".
TEST_P(SignatureTest, VerifiesThePublishedSignature) {
  const auto bytes = [](const char* hex) { return FromHex(hex).value(); };
  const auto key = keys().ImportVerifyingKey(
      bytes("0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
            "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"));
  const std::string digest =
      bytes("af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf");
  const std::string signature = bytes(
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
      "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
  EXPECT_TRUE(key->VerifyDigest(digest, signature).ok());
}

INSTANTIATE_TEST_SUITE_P(Keys, SignatureTest,
                         ::testing::Values(Implementation::kModule, Implementation::kSoftware),
                         ImplementationName);

}  // namespace
}  // namespace signet::testing
