#include "libs/openssl/ed25519.h"

#include <gtest/gtest.h>

#include "libs/base/hex.h"
#include "tests/unit/openssl/error_queue.h"

namespace signet::openssl {
namespace {

Secret CodeSeed() { return Secret(*FromHex("000102030405060708090a0b0c0d0e0f")); }

absl::StatusCode Verify(std::string_view key, std::string_view message,
                        std::string_view signature) {
  const absl::StatusCode code = VerifyActivationSignature(key, message, signature).code();
  ExpectEmptyErrorQueue();
  return code;
}

// RFC 8032, 7.1, TEST 2.
TEST(Ed25519, Rfc8032) {
  EXPECT_EQ(
      Verify(*FromHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"), "\x72",
             *FromHex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")),
      absl::StatusCode::kOk);
}

// Computed by an independent program from the derivation that the header states.
TEST(Ed25519, KnownAnswerOfACode) {
  EXPECT_EQ(ToHex(*ActivationPublicKey(CodeSeed())),
            "c757593810caac6eb02901b18f8c82e3a49e455ae12c9e8a4c89c97a615d3603");
  EXPECT_EQ(ToHex(*SignWithActivationCode(CodeSeed(), "signet")),
            "619f73446022a11ecf1b0e82b38c3dd420006272e046a39110a93401c7b4ba2a"
            "1268d2607fc7662a64649ce34d19db86146331f09a550a8216a75c051464010a");
}

TEST(Ed25519, WhatDoesNotVerify) {
  const std::string key = *ActivationPublicKey(CodeSeed());
  const std::string signature = *SignWithActivationCode(CodeSeed(), "message");
  constexpr auto kRefused = absl::StatusCode::kUnauthenticated;
  EXPECT_EQ(Verify(key, "message", signature), absl::StatusCode::kOk);
  EXPECT_EQ(Verify(key, "massage", signature), kRefused);
  EXPECT_EQ(Verify(key, "", signature), kRefused);
  for (size_t bit = 0; bit < 512; ++bit) {
    std::string changed = signature;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(Verify(key, "message", changed), kRefused) << bit;
  }
  EXPECT_EQ(Verify(key, "message", signature.substr(0, 63)), kRefused);
  EXPECT_EQ(Verify(key, "message", signature + "x"), kRefused);
  EXPECT_EQ(Verify(key, "message", ""), kRefused);
  EXPECT_EQ(Verify("", "message", signature), kRefused);
  EXPECT_EQ(Verify(key.substr(1), "message", signature), kRefused);
  EXPECT_EQ(Verify(std::string(32, '\xff'), "message", signature), kRefused);  // not on the curve
  EXPECT_EQ(Verify(std::string(32, '\x02'), "message", signature), kRefused);
}

// RFC 8032, 5.1.7: S must be below the group's order, or signatures could be altered.
TEST(Ed25519, SignatureWithTheOrderAddedIsRefused) {
  const std::string order =
      *FromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  std::string signature = *SignWithActivationCode(CodeSeed(), "message");
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned char>(signature[32 + i]);
    carry += static_cast<unsigned char>(order[i]);
    signature[32 + i] = static_cast<char>(carry & 0xff);
    carry >>= 8;
  }
  EXPECT_EQ(Verify(*ActivationPublicKey(CodeSeed()), "message", signature),
            absl::StatusCode::kUnauthenticated);
}

TEST(Ed25519, OnlySeedsOf16Bytes) {
  for (const size_t size : {0u, 15u, 17u, 32u}) {
    const Secret seed(std::string(size, 's'));
    EXPECT_EQ(ActivationPublicKey(seed).status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(SignWithActivationCode(seed, "m").status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace signet::openssl
