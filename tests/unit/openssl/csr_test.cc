#include <gtest/gtest.h>

#include "libs/base/hex.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/p256.h"
#include "libs/openssl/random.h"
#include "tests/unit/openssl/error_queue.h"

namespace signet::openssl {
namespace {

std::unique_ptr<P256PrivateKey> NewKey() { return *P256PrivateKey::Generate(); }

// A module that fails, and one that answers nonsense.
class AnsweringKey final : public SigningKey {
 public:
  explicit AnsweringKey(absl::StatusOr<std::string> answer) : answer_(std::move(answer)) {}
  absl::StatusOr<std::string> SignDigest(std::string_view /*digest*/) override { return answer_; }

 private:
  absl::StatusOr<std::string> answer_;
};

void ExpectRefused(std::string_view csr) {
  EXPECT_EQ(VerifyCsr(csr).status().code(), absl::StatusCode::kInvalidArgument);
  ExpectEmptyErrorQueue();
}

TEST(Csr, BuildAndVerify) {
  const auto key = NewKey();
  for (int i = 0; i < 100; ++i) {  // signatures of every length, and ending in any bits
    const auto csr = BuildCsr("device", key->PublicKeyDer(), *key);
    ASSERT_TRUE(csr.ok()) << csr.status();
    const auto spki = VerifyCsr(*csr);
    ASSERT_TRUE(spki.ok()) << spki.status();
    EXPECT_EQ(*spki, key->PublicKeyDer());
  }
}

TEST(Csr, KeyThatIsNotTheSigners) {
  const auto key = NewKey();
  const auto other = NewKey();
  EXPECT_EQ(BuildCsr("device", key->PublicKeyDer(), *other).status().code(),
            absl::StatusCode::kFailedPrecondition);
  ExpectEmptyErrorQueue();
}

TEST(Csr, SomeoneElsesPublicKeyPutInto) {
  const auto key = NewKey();
  const auto other = NewKey();
  std::string csr = *BuildCsr("device", key->PublicKeyDer(), *key);
  const size_t position = csr.find(key->PublicKeyDer());
  ASSERT_NE(position, std::string::npos);
  csr.replace(position, key->PublicKeyDer().size(), other->PublicKeyDer());
  ExpectRefused(csr);
}

TEST(Csr, SignersAnswers) {
  const auto key = NewKey();
  AnsweringKey broken(absl::UnavailableError("module gone"));
  EXPECT_EQ(BuildCsr("device", key->PublicKeyDer(), broken).status().code(),
            absl::StatusCode::kUnavailable);
  for (const std::string& answer : {std::string(), std::string(64, '\0'), std::string(63, 'x'),
                                    std::string(64, '\xff'), std::string(64, '\x01')}) {
    AnsweringKey nonsense(answer);
    EXPECT_FALSE(BuildCsr("device", key->PublicKeyDer(), nonsense).ok());
    ExpectEmptyErrorQueue();
  }
}

TEST(Csr, EveryChangedBitIsFound) {
  const auto key = NewKey();
  const std::string csr = *BuildCsr("device", key->PublicKeyDer(), *key);
  for (size_t bit = 0; bit < csr.size() * 8; ++bit) {
    std::string changed = csr;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(VerifyCsr(changed).ok()) << bit;
  }
  ExpectEmptyErrorQueue();
}

TEST(Csr, Garbage) {
  const auto key = NewKey();
  const std::string csr = *BuildCsr("device", key->PublicKeyDer(), *key);
  for (size_t size = 0; size < csr.size(); ++size) ExpectRefused(csr.substr(0, size));
  ExpectRefused(csr + std::string(1, '\0'));
  ExpectRefused(csr + csr);
  ExpectRefused(std::string(100000, '\x30'));
  for (int i = 0; i < 200; ++i) ExpectRefused(RandomBytes(300));
}

TEST(Csr, Names) {
  const auto key = NewKey();
  const std::string spki = key->PublicKeyDer();
  EXPECT_TRUE(BuildCsr("Gerät 7", spki, *key).ok());
  EXPECT_TRUE(BuildCsr(std::string(64, 'x'), spki, *key).ok());
  for (const std::string& name : {std::string(), std::string(65, 'x'), std::string("a\0b", 3),
                                  std::string("a\nb"), std::string("\xff\xfe")}) {
    EXPECT_EQ(BuildCsr(name, spki, *key).status().code(), absl::StatusCode::kInvalidArgument);
    ExpectEmptyErrorQueue();
  }
  EXPECT_EQ(BuildCsr("device", spki.substr(1), *key).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// Made with the openssl program: a request that is well-formed and well-signed, but on P-384.
const char kP384Request[] =
    "3082010430818b020100300c310a300806035504030c01643076301006072a8648ce3d020106052b81040022"
    "03620004ae8a385442c1c5b8366fa96311a3454efb2c8fd22e790e5dbd4bd370dd6d7d5bc275dddf7d5ce444"
    "bddbed09087ecb03e5cd65f0b88a2eaa61629b47a31df272c6357ec8efa8b1612d872707f7bfcb614b6f5e4a"
    "e5b057598dc95a7bdfc27db5a000300a06082a8648ce3d0403020368003065023012dd6cb779457892108099"
    "69203248beebc16bd2591a596e113d4b7a5210594ee807338e1b763002fe2cff2a0924b70e023100f4027d20"
    "8d243f23cd0e5cfcd6cef418af92f3d92d0bd93f018a1221cf6603084af9c5e129e0b5643f714467df3afcf0";

TEST(Csr, OtherCurvesAreRefused) { ExpectRefused(*FromHex(kP384Request)); }

}  // namespace
}  // namespace signet::openssl
