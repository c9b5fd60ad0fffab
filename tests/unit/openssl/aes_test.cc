#include "libs/openssl/aes.h"

#include <gtest/gtest.h>

#include "libs/base/hex.h"
#include "tests/unit/openssl/error_queue.h"

namespace signet::openssl {
namespace {

// The message of RFC 4493, 4 and of NIST SP 800-38A, F.1: four blocks.
const char kMessage[] =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
const char kKey128[] = "2b7e151628aed2a6abf7158809cf4f3c";
const char kKey256[] = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";

Secret Key(std::string_view hex) { return Secret(*FromHex(hex)); }

std::string Cmac(const char* key, size_t size) {
  const auto tag = AesCmac(Key(key), FromHex(kMessage)->substr(0, size));
  EXPECT_TRUE(tag.ok()) << tag.status();
  return ToHex(tag.value_or(""));
}

std::string Ecb(std::string_view key, std::string_view plaintext) {
  const auto ciphertext = AesEcbEncrypt(Key(key), *FromHex(plaintext));
  EXPECT_TRUE(ciphertext.ok()) << ciphertext.status();
  return ciphertext.ok() ? ToHex(ciphertext->reveal()) : "";
}

// RFC 4493, section 4.
TEST(AesCmac, Rfc4493) {
  EXPECT_EQ(Cmac(kKey128, 0), "bb1d6929e95937287fa37d129b756746");
  EXPECT_EQ(Cmac(kKey128, 16), "070a16b46b4d4144f79bdd9dd04a287c");
  EXPECT_EQ(Cmac(kKey128, 40), "dfa66747de9ae63030ca32611497c827");
  EXPECT_EQ(Cmac(kKey128, 64), "51f0bebf7e3b9d92fc49741779363cfe");
}

// NIST SP 800-38B, updated examples (AES-256).
TEST(AesCmac, NistAes256) {
  EXPECT_EQ(Cmac(kKey256, 0), "028962f61b7bf89efc6b551f4667d983");
  EXPECT_EQ(Cmac(kKey256, 16), "28a7023f452e8f82bd4bf28d8c37c35c");
  EXPECT_EQ(Cmac(kKey256, 40), "aaf3d8f1de5640c232f5b169b9c911e6");
  EXPECT_EQ(Cmac(kKey256, 64), "e1992190549f6ed5696a2c056c315410");
}

// FIPS 197, appendix C.
TEST(AesEcb, Fips197) {
  const char plaintext[] = "00112233445566778899aabbccddeeff";
  const std::string key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
  EXPECT_EQ(Ecb(key.substr(0, 32), plaintext), "69c4e0d86a7b0430d8cdb78070b4c55a");
  EXPECT_EQ(Ecb(key.substr(0, 48), plaintext), "dda97ca4864cdfe06eaf70a0ec0d7191");
  EXPECT_EQ(Ecb(key, plaintext), "8ea2b7ca516745bfeafc49904b496089");
}

// NIST SP 800-38A, F.1.5.
TEST(AesEcb, SeveralBlocks) {
  EXPECT_EQ(Ecb(kKey256, kMessage),
            "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870"
            "b6ed21b99ca6f4f9f153e7b1beafed1d23304b7a39f9f3ff067d8d8f9e24ecc7");
  EXPECT_EQ(Ecb(kKey256, ""), "");
}

TEST(Aes, WrongSizesAreRefused) {
  for (const size_t size : {0u, 1u, 15u, 17u, 31u, 33u, 64u}) {
    const Secret key(std::string(size, 'k'));
    EXPECT_EQ(AesEcbEncrypt(key, std::string(16, 'p')).status().code(),
              absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(AesCmac(key, "data").status().code(), absl::StatusCode::kInvalidArgument);
  }
  for (const size_t size : {1u, 15u, 17u}) {
    EXPECT_EQ(AesEcbEncrypt(Key(kKey128), std::string(size, 'p')).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  ExpectEmptyErrorQueue();
}

}  // namespace
}  // namespace signet::openssl
