#include "libs/openssl/digest.h"

#include <gtest/gtest.h>

#include <thread>

#include "libs/base/hex.h"
#include "libs/openssl/random.h"

namespace signet::openssl {
namespace {

// FIPS 180-4's examples (NIST, "SHA-256 examples"): one block, two blocks, a million letters.
TEST(Sha256, NistExamples) {
  EXPECT_EQ(ToHex(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ToHex(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(ToHex(Sha256(std::string(1000000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(ToHex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, FromSeveralThreads) {
  const std::string expected = Sha256("message");
  std::thread threads[4];
  for (std::thread& thread : threads) {
    thread = std::thread([&expected] {
      for (int i = 0; i < 100; ++i) EXPECT_EQ(Sha256("message"), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Random, SizesAndDifference) {
  EXPECT_EQ(RandomBytes(0), "");
  EXPECT_EQ(RandomBytes(1000).size(), 1000u);
  EXPECT_NE(RandomBytes(16), RandomBytes(16));
  EXPECT_EQ(RandomSecret(32).size(), 32u);
  EXPECT_FALSE(RandomSecret(16) == RandomSecret(16));
}

}  // namespace
}  // namespace signet::openssl
