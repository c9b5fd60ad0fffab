// What every MessageKey promises: AES-256-GCM that refuses, in one and the same words, anything but
// the exact bytes that were sealed.
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "tests/contract/keys_under_test.h"

namespace signet::testing {
namespace {

constexpr size_t kTagBytes = 16;

class MessageKeyTest : public KeysTest {
 protected:
  void SetUp() override {
    KeysTest::SetUp();
    key_ = keys().NewMessageKey(Secret(std::string(32, '\x42')));
    auto sealed = key_->Seal(aad_, plaintext_);
    ASSERT_TRUE(sealed.ok()) << sealed.status();
    sealed_ = *sealed;
  }

  void ExpectRefused(const std::string& aad, const std::string& nonce,
                     const std::string& ciphertext, const std::string& what) {
    const auto opened = key_->Open(aad, nonce, ciphertext);
    EXPECT_TRUE(absl::IsUnauthenticated(opened.status())) << what << ": " << opened.status();
    refusals_.insert(opened.status().ToString());
  }

  void ExpectStillOpens() {
    const auto opened = key_->Open(aad_, sealed_.nonce, sealed_.ciphertext);
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(*opened, plaintext_);
  }

  const std::string aad_ = "header of the message";
  const std::string plaintext_ = "12.50 EUR to corner-coffee, device 00000001";
  std::unique_ptr<MessageKey> key_;
  GcmOutput sealed_;
  std::set<std::string> refusals_;
};

std::string WithBitFlipped(std::string bytes, size_t bit) {
  bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  return bytes;
}

TEST_P(MessageKeyTest, OpensWhatItSealed) {
  EXPECT_EQ(sealed_.nonce.size(), 12u);
  EXPECT_EQ(sealed_.ciphertext.size(), plaintext_.size() + kTagBytes);
  ExpectStillOpens();
}

TEST_P(MessageKeyTest, OpensMessagesOfEverySize) {
  for (size_t size : {0u, 1u, 15u, 16u, 17u, 255u, 4096u, 16384u}) {
    const std::string plaintext(size, 'x');
    const auto sealed = key_->Seal(aad_, plaintext);
    ASSERT_TRUE(sealed.ok()) << size << ": " << sealed.status();
    const auto opened = key_->Open(aad_, sealed->nonce, sealed->ciphertext);
    ASSERT_TRUE(opened.ok()) << size << ": " << opened.status();
    EXPECT_EQ(*opened, plaintext);
  }
}

TEST_P(MessageKeyTest, EmptyAadIsBoundToo) {
  const auto sealed = key_->Seal("", plaintext_);
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  const auto opened = key_->Open("", sealed->nonce, sealed->ciphertext);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(*opened, plaintext_);
  ExpectRefused("x", sealed->nonce, sealed->ciphertext, "aad where there was none");
  ExpectRefused("", sealed_.nonce, sealed_.ciphertext, "no aad where there was one");
}

TEST_P(MessageKeyTest, NeverRepeatsANonce) {
  std::set<std::string> nonces;
  for (int i = 0; i < 200; ++i) {
    const auto sealed = key_->Seal(aad_, plaintext_);
    ASSERT_TRUE(sealed.ok()) << sealed.status();
    EXPECT_TRUE(nonces.insert(sealed->nonce).second);
  }
}

TEST_P(MessageKeyTest, RefusesEveryFlippedBit) {
  for (size_t bit = 0; bit < aad_.size() * 8; ++bit) {
    ExpectRefused(WithBitFlipped(aad_, bit), sealed_.nonce, sealed_.ciphertext, "aad");
  }
  for (size_t bit = 0; bit < sealed_.nonce.size() * 8; ++bit) {
    ExpectRefused(aad_, WithBitFlipped(sealed_.nonce, bit), sealed_.ciphertext, "nonce");
  }
  // The tag is the ciphertext's end.
  for (size_t bit = 0; bit < sealed_.ciphertext.size() * 8; ++bit) {
    ExpectRefused(aad_, sealed_.nonce, WithBitFlipped(sealed_.ciphertext, bit), "ciphertext");
  }
  EXPECT_EQ(refusals_.size(), 1u) << ::testing::PrintToString(refusals_);
  ExpectStillOpens();
}

TEST_P(MessageKeyTest, RefusesOtherLengths) {
  for (size_t size = 0; size < sealed_.ciphertext.size(); ++size) {
    ExpectRefused(aad_, sealed_.nonce, sealed_.ciphertext.substr(0, size), "ciphertext cut");
  }
  for (size_t size = 0; size < sealed_.nonce.size(); ++size) {
    ExpectRefused(aad_, sealed_.nonce.substr(0, size), sealed_.ciphertext, "nonce cut");
  }
  ExpectRefused(aad_, sealed_.nonce + '\0', sealed_.ciphertext, "nonce longer");
  ExpectRefused(aad_, sealed_.nonce + "1234", sealed_.ciphertext, "nonce of 16 bytes");
  ExpectRefused(aad_, sealed_.nonce, sealed_.ciphertext + '\0', "ciphertext longer");
  ExpectRefused(aad_ + '\0', sealed_.nonce, sealed_.ciphertext, "aad longer");
  ExpectRefused(aad_.substr(1), sealed_.nonce, sealed_.ciphertext, "aad shorter");
  EXPECT_EQ(refusals_.size(), 1u) << ::testing::PrintToString(refusals_);
  ExpectStillOpens();
}

TEST_P(MessageKeyTest, RefusesShorterTagsThatAreRightAsFarAsTheyGo) {
  for (size_t tag_bytes : {4u, 8u, 12u, 15u}) {
    const std::string cut =
        sealed_.ciphertext.substr(0, sealed_.ciphertext.size() - kTagBytes + tag_bytes);
    ExpectRefused(aad_, sealed_.nonce, cut, "tag cut");
  }
  EXPECT_EQ(refusals_.size(), 1u) << ::testing::PrintToString(refusals_);
}

TEST_P(MessageKeyTest, RefusesWhatAnotherKeySealed) {
  const auto other = keys().NewMessageKey(Secret(std::string(32, '\x43')));
  const auto sealed = other->Seal(aad_, plaintext_);
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  ExpectRefused(aad_, sealed->nonce, sealed->ciphertext, "another key");
  ExpectStillOpens();
}

TEST_P(MessageKeyTest, RefusesPartsOfTwoMessages) {
  const auto second = key_->Seal(aad_, plaintext_);
  ASSERT_TRUE(second.ok()) << second.status();
  ExpectRefused(aad_, sealed_.nonce, second->ciphertext, "another message's nonce");
  const size_t body = plaintext_.size();
  ExpectRefused(aad_, sealed_.nonce,
                sealed_.ciphertext.substr(0, body) + second->ciphertext.substr(body),
                "another message's tag");
}

TEST_P(MessageKeyTest, SpeaksWithTheOtherImplementation) {
  const auto other = software().NewMessageKey(Secret(std::string(32, '\x42')));
  const auto opened = other->Open(aad_, sealed_.nonce, sealed_.ciphertext);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(*opened, plaintext_);
  const auto sealed = other->Seal(aad_, plaintext_);
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  const auto back = key_->Open(aad_, sealed->nonce, sealed->ciphertext);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, plaintext_);
}

// McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16 (AES-256, 96-bit IV).
TEST_P(MessageKeyTest, OpensThePublishedTestCase) {
  const auto bytes = [](const char* hex) { return FromHex(hex).value(); };
  const auto key = keys().NewMessageKey(
      Secret(bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")));
  const auto opened = key->Open(
      bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2"), bytes("cafebabefacedbaddecaf888"),
      bytes("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
            "76fc6ece0f4e1768cddf8853bb2d551b"));
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(*opened, bytes("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                           "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"));
}

INSTANTIATE_TEST_SUITE_P(Keys, MessageKeyTest,
                         ::testing::Values(Implementation::kModule, Implementation::kSoftware),
                         ImplementationName);

}  // namespace
}  // namespace signet::testing
