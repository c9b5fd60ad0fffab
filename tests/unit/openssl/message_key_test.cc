#include <gtest/gtest.h>

#include <set>

#include "libs/base/hex.h"
#include "libs/openssl/aes.h"
#include "tests/unit/openssl/error_queue.h"

namespace signet::openssl {
namespace {

std::unique_ptr<MessageKey> Key(std::string_view hex) {
  auto key = CreateMessageKey(Secret(*FromHex(hex)));
  EXPECT_TRUE(key.ok()) << key.status();
  return *std::move(key);
}

struct Vector {
  const char* name;
  std::string key;
  std::string nonce;
  std::string aad;
  std::string plaintext;
  std::string ciphertext;
  std::string tag;
};

// McGrew and Viega, "The Galois/Counter Mode of Operation" (the submission to NIST), appendix B,
// test cases 13 to 16: AES-256 with 96-bit nonces.
std::vector<Vector> Vectors() {
  const std::string zero_key(64, '0');
  const std::string zero_nonce(24, '0');
  const std::string key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
  const std::string nonce = "cafebabefacedbaddecaf888";
  const std::string text =
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
      "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
  const std::string sealed =
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
      "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";
  return {
      {"13", zero_key, zero_nonce, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
      {"14", zero_key, zero_nonce, "", std::string(32, '0'), "cea7403d4d606b6e074ec5d3baf39d18",
       "d0d1c8a799996bf0265b98b5d48ab919"},
      {"15", key, nonce, "", text, sealed, "b094dac5d93471bdec1a502270e3cc6c"},
      {"16", key, nonce, "feedfacedeadbeeffeedfacedeadbeefabaddad2", text.substr(0, 120),
       sealed.substr(0, 120), "76fc6ece0f4e1768cddf8853bb2d551b"},
  };
}

TEST(MessageKey, OpensKnownAnswers) {
  for (const Vector& v : Vectors()) {
    const auto opened =
        Key(v.key)->Open(*FromHex(v.aad), *FromHex(v.nonce), *FromHex(v.ciphertext + v.tag));
    ASSERT_TRUE(opened.ok()) << v.name << opened.status();
    EXPECT_EQ(ToHex(*opened), v.plaintext) << v.name;
  }
}

TEST(MessageKey, OneKeySealsAndOpensInTurn) {
  const auto key = Key(std::string(64, '7'));
  for (const size_t size : {0u, 1u, 15u, 16u, 17u, 1000u, 16384u}) {
    const std::string plaintext(size, 'p');
    for (const std::string& aad : {std::string(), std::string("header")}) {
      const auto sealed = key->Seal(aad, plaintext);
      ASSERT_TRUE(sealed.ok());
      EXPECT_EQ(sealed->nonce.size(), 12u);
      EXPECT_EQ(sealed->ciphertext.size(), size + 16);
      // Another object with the same key reads it, and so does this one.
      EXPECT_EQ(*Key(std::string(64, '7'))->Open(aad, sealed->nonce, sealed->ciphertext),
                plaintext);
      EXPECT_EQ(*key->Open(aad, sealed->nonce, sealed->ciphertext), plaintext);
    }
  }
}

TEST(MessageKey, NoncesDiffer) {
  const auto key = Key(std::string(64, '1'));
  std::set<std::string> nonces;
  for (int i = 0; i < 1000; ++i) nonces.insert(key->Seal("", "x")->nonce);
  EXPECT_EQ(nonces.size(), 1000u);
}

void ExpectRefused(MessageKey& key, std::string_view aad, std::string_view nonce,
                   std::string_view ciphertext) {
  const auto opened = key.Open(aad, nonce, ciphertext);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(opened.status().message(), "authentication failed");
}

TEST(MessageKey, EveryChangedBitIsFound) {
  const auto key = Key(std::string(64, '2'));
  const std::string aad = "header";
  const auto sealed = key->Seal(aad, "pay 12.50 EUR");
  ASSERT_TRUE(sealed.ok());
  for (std::string part : {std::string("aad"), std::string("nonce"), std::string("text")}) {
    const size_t size = part == "aad"     ? aad.size()
                        : part == "nonce" ? sealed->nonce.size()
                                          : sealed->ciphertext.size();
    for (size_t bit = 0; bit < size * 8; ++bit) {
      std::string changed[3] = {aad, sealed->nonce, sealed->ciphertext};
      std::string& target = changed[part == "aad" ? 0 : part == "nonce" ? 1 : 2];
      target[bit / 8] = static_cast<char>(target[bit / 8] ^ (1 << (bit % 8)));
      ExpectRefused(*key, changed[0], changed[1], changed[2]);
    }
  }
  EXPECT_EQ(*key->Open(aad, sealed->nonce, sealed->ciphertext), "pay 12.50 EUR");
  ExpectEmptyErrorQueue();
}

// As Wycheproof's AES-GCM cases: nonces and tags of other lengths, a moved boundary, another key.
TEST(MessageKey, OtherShapesAreRefused) {
  const auto key = Key(std::string(64, '3'));
  const auto sealed = key->Seal("header", "plaintext");
  ASSERT_TRUE(sealed.ok());
  for (size_t size = 0; size < sealed->ciphertext.size(); ++size) {
    ExpectRefused(*key, "header", sealed->nonce, sealed->ciphertext.substr(0, size));
  }
  ExpectRefused(*key, "header", sealed->nonce, sealed->ciphertext + std::string(1, '\0'));
  for (const size_t size : {0u, 1u, 8u, 11u, 13u, 16u, 1000u}) {
    ExpectRefused(*key, "header", std::string(size, '\0'), sealed->ciphertext);
  }
  ExpectRefused(*key, "heade", sealed->nonce, "r" + sealed->ciphertext);
  ExpectRefused(*key, "", sealed->nonce, sealed->ciphertext);
  ExpectRefused(*key, "header", sealed->nonce, std::string(16, '\0'));
  ExpectRefused(*Key(std::string(64, '4')), "header", sealed->nonce, sealed->ciphertext);
}

TEST(MessageKey, OnlyKeysOf256Bits) {
  for (const size_t size : {0u, 16u, 24u, 31u, 33u}) {
    EXPECT_EQ(CreateMessageKey(Secret(std::string(size, 'k'))).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace signet::openssl
