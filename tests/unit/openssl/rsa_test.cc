#include "libs/openssl/rsa.h"

#include <gtest/gtest.h>

#include "libs/base/hex.h"
#include "tests/unit/openssl/error_queue.h"

namespace signet::openssl {
namespace {

// Public keys made for these tests with the openssl program; their private halves are gone.
const char k3072[] =
    "308201a2300d06092a864886f70d01010105000382018f003082018a0282018100890cea91a49e5f65f8f224"
    "002f815aa6a3f1881d16c2ec5f63d3cd9276d47ab4a3d688f50ce19747ab340ad65112609231780b0b9e074a"
    "59e7f65b09395fe1ae81ff71c95febbd742348e43f38eeb07e77b5d0e28c1f5f57b43e48ef9aad0954e6a012"
    "5c7e0d83da4bd85012adb1b346c44a8bf0da0b9a636596bc1b8d6b07dc5c33b9a49b7662efc2bd63ad8f9e20"
    "91eeaa088e61311993d64a19abe222e7bc67b631aaa4ae13c5feec1bcb8aa76ee14ed47376c6f8bf851ac8a2"
    "954b0ad799369bc2bf5455c8d4419c09928dad66851b224f2c5b87439ca10c4a52cfaa3367eee7cfec3897ae"
    "114fa51d3b69a54a842f308b61b5e5bc7be93baa2cfacb5d93cef13cb89ecc84b5d1653dbf0172e026a650da"
    "7e703d4fe73a2c4c68bb1df1e3d8b01cf112f38e274c0755f9020fbd9ff92ca7b6c7bb4d541bc9876eed70a1"
    "293f2369974449a5d1eb4cfd72a20ac9f9005916f669456a30e735d3ce8564c40ce0c4c11dee9ccf0fb22f84"
    "1010989f3712400350855c467efc9734b6bfb31a9d0203010001";
const char k2048[] =
    "30820122300d06092a864886f70d01010105000382010f003082010a0282010100c3cd4e32ff81a956c32a6a"
    "be5200909dd06179fd741073dfdf29ae02721d4301a781cb89ac444487dd84b8f93cb93909e79860372b8ca5"
    "c5b586cd22d35748401f04a7178dce4bc4dd7090f194f9eeacab002f588a46764ef7dac1fe617bb75889ac51"
    "c55b3f7f7efe7f5456c69be76ec546d5b0b34a52529e0a36c2fdcc27d93375e143a35351f669c56b1c9d5561"
    "0ef654d49419fd8281b03b3bfa85896080f2d14313edfdf77f9a641e8a23e194828ba2fa14eccdac7527427d"
    "aa972341e65171632b0564f1a044bd40f034eb9f5d16bb3266a6fc26a8048f3e6027ddde43c2b9f33c5760ba"
    "186745d99ec8477b1839e25692b471bebbf866bc1e3c2bb90d0203010001";
const char kExponent3[] =
    "308201a0300d06092a864886f70d01010105000382018d00308201880282018100c88ccb630bfab30cf7bc6d"
    "c5580a84aa5a48cf6219e65ba8e0a460ac215b61351b9101e6d505534e6bfebe00d697a29dc9726976dec897"
    "8d45cb0135d918b49a76dc4932272028414a742f4f8a87b48cc558c7beb3b1bf60c70e7fb60c5e53736bdd6c"
    "070607b27e6fa75fec290388be55be7980577cd3762c1fd19509fddcc0984adc77758f17e79b7e41c580dc6d"
    "2dec550415202a3ce07ca94c8f001ad15bdcb8dc791de141b1b9c61d0ea3cba0683dfc160fb331203002c79b"
    "ebce3fa11a6afef59f64a9ef6a87fd94459c1398b1bb0283b9464012d86bdcb80f3c1f5d201f5c26ec0a7fce"
    "eb0f908e91295d72b61d0d20fac381a2c809e2ee78602c0395fee4bdd3262c33a7e723807e7ec548ccc5f57e"
    "122655b0cf5eae012bad18bdcc2d606ee2f999ee1579aa7170a6bef8d360640c21c18a032932ca6280c8b246"
    "4083131500150fc4e0797a73b00de13ae81f4acf2c637a2b324589e7163519bba5502451661344c816f7a35d"
    "e384c2cdddd9caa923619e17b135e4ea6a0494a641020103";
const char kPss[] =
    "308201a0300b06092a864886f70d01010a0382018f003082018a0282018100bda978647329cbdcf0b76e40e1"
    "91a4b49e8ec5abdd6aa87d07e7a2cb13fc34e64dfb2cf30ab525a19f6d3e917c0a954df6d59957a16bd551b3"
    "add1f0a4561455cde1cf36c0e9d57a082d078b76778b72991a9eeb562de685bc730710fe5fa0fef9ea0dd13f"
    "8465da6f0e85c0eaf111f144433d8e83b72e81a2ca1ce046199f47fff5f1060bf232aec01fa31ce7178b76a3"
    "eebc8aa61230de9e86e069174d0ebc3ccae060a0826d5a869dbad819b723ab1f6e240bbaa652e15e908de174"
    "477113a75c9b0c15634b640b32e95cf751a36526ece41bbe8dc893ebedeff55495e5aebfe127e75d0cd72a20"
    "bf8604a40e5ab68c189ad13c941b4ec2cc4cc6acae933994e874e0c4f78163af348efada743e468261d41732"
    "cf5f05b5e683c0212bb31d9ec944eb47e70240e90ea12265ebe2ff304b2d488663be28f3af588b93e13df065"
    "48321b7b95d1a3f17e05949826b4511a9801c6cccb56a021696c0899462be65f95e756816474ceca2018b1cc"
    "65af5d94ef7a4a0d029349521517058f5a07950203010001";

void ExpectRefused(const std::string& spki, const char* what) {
  EXPECT_EQ(ParseRsaPublicKey(spki).status().code(), absl::StatusCode::kInvalidArgument) << what;
  EXPECT_FALSE(WrapOaep(spki, Secret("key")).ok()) << what;
  ExpectEmptyErrorQueue();
}

TEST(RsaPublicKey, NumbersAndSpki) {
  const std::string spki = *FromHex(k3072);
  const auto key = ParseRsaPublicKey(spki);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->modulus.size(), 384u);
  EXPECT_EQ(ToHex(key->public_exponent), "010001");
  EXPECT_NE(std::string(k3072).find(ToHex(key->modulus)), std::string::npos);
  EXPECT_EQ(*RsaSpki(*key), spki);
}

TEST(RsaPublicKey, OtherKeysAreRefused) {
  ExpectRefused(*FromHex(k2048), "2048 bits");
  ExpectRefused(*FromHex(kExponent3), "exponent 3");
  ExpectRefused(*FromHex(kPss), "RSA-PSS only");
  ExpectRefused(*FromHex("302a300506032b65700321005bb00edaec12a773793a1729f736cc7261f9dd338c671452"
                         "a6cd57340e5d5e22"),
                "Ed25519");
}

TEST(RsaPublicKey, GarbageIsRefused) {
  const std::string spki = *FromHex(k3072);
  for (size_t size = 0; size < spki.size(); ++size) ExpectRefused(spki.substr(0, size), "prefix");
  ExpectRefused(spki + std::string(1, '\0'), "something behind it");
  ExpectRefused(std::string(422, '\xff'), "noise");
  ExpectRefused(std::string(100000, '\x30'), "long");
  // An even modulus.
  std::string even = spki;
  even[even.size() - 6] = static_cast<char>(even[even.size() - 6] & ~1);
  ExpectRefused(even, "even modulus");
}

TEST(RsaPublicKey, SpkiOfOtherNumbersIsRefused) {
  const RsaPublicKey good = *ParseRsaPublicKey(*FromHex(k3072));
  const auto code = [](const RsaPublicKey& key) { return RsaSpki(key).status().code(); };
  constexpr auto kRefused = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(code({"", ""}), kRefused);
  EXPECT_EQ(code({good.modulus, ""}), kRefused);
  EXPECT_EQ(code({"", good.public_exponent}), kRefused);
  EXPECT_EQ(code({good.modulus, "\x03"}), kRefused);
  EXPECT_EQ(code({good.modulus.substr(128), good.public_exponent}), kRefused);
  EXPECT_EQ(code({std::string(513, '\xff'), good.public_exponent}), kRefused);
  EXPECT_EQ(code({std::string(384, '\0'), good.public_exponent}), kRefused);
  ExpectEmptyErrorQueue();
}

TEST(RsaPrivateKey, WrapAndUnwrap) {
  const auto key = RsaPrivateKey::Generate(3072);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_TRUE(ParseRsaPublicKey((*key)->PublicKeyDer()).ok());
  const Secret secret(std::string(32, 's'));
  const auto wrapped = WrapOaep((*key)->PublicKeyDer(), secret);
  ASSERT_TRUE(wrapped.ok()) << wrapped.status();
  EXPECT_EQ(wrapped->size(), 384u);
  EXPECT_EQ(*(*key)->UnwrapOaep(*wrapped), secret);

  std::string changed = *wrapped;
  changed[100] = static_cast<char>(changed[100] ^ 1);
  for (const std::string& bad :
       {changed, std::string(), wrapped->substr(1), *wrapped + "x", std::string(384, '\xff'),
        std::string(384, '\0'), *WrapOaep(*FromHex(k3072), secret)}) {
    EXPECT_EQ((*key)->UnwrapOaep(bad).status().code(), absl::StatusCode::kInvalidArgument);
    ExpectEmptyErrorQueue();
  }
}

TEST(RsaPrivateKey, OnlySizesThatAreAccepted) {
  for (const int bits : {-1, 0, 1024, 2048, 3071, 4097, 16384}) {
    EXPECT_EQ(RsaPrivateKey::Generate(bits).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace signet::openssl
