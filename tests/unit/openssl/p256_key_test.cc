#include <gtest/gtest.h>

#include "libs/base/hex.h"
#include "libs/openssl/p256.h"
#include "tests/unit/openssl/error_queue.h"

namespace signet::openssl {
namespace {

// Test keys, made for these tests with the openssl program and used nowhere else.
const char kX[] = "5bb00edaec12a773793a1729f736cc7261f9dd338c671452a6cd57340e5d5e22";
const char kY[] = "5e6daefa82fcdfa46ec7604be792190de59fb4a0d7628c3dacdb9ee5f39c679e";
const std::string kPrefix = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
const std::string kSpki = kPrefix + "04" + kX + kY;

std::string Hex(const std::string& hex) { return *FromHex(hex); }

void ExpectRefused(const std::string& spki, const char* what) {
  EXPECT_EQ(ParseP256PublicKey(spki).status().code(), absl::StatusCode::kInvalidArgument) << what;
  EXPECT_EQ(P256PointFromSpki(spki).status().code(), absl::StatusCode::kInvalidArgument) << what;
  ExpectEmptyErrorQueue();
}

TEST(P256PublicKey, PointAndSpki) {
  EXPECT_TRUE(ParseP256PublicKey(Hex(kSpki)).ok());
  EXPECT_EQ(ToHex(*P256PointFromSpki(Hex(kSpki))), std::string("04") + kX + kY);
  EXPECT_EQ(ToHex(*P256SpkiFromPoint(Hex(std::string("04") + kX + kY))), kSpki);
}

TEST(P256PublicKey, PointsNotOnTheCurve) {
  std::string off = Hex(kSpki);
  off.back() = static_cast<char>(off.back() ^ 1);
  ExpectRefused(off, "one bit of y");
  ExpectRefused(Hex(kPrefix + "04" + std::string(128, '0')), "(0, 0)");
  ExpectRefused(Hex(kPrefix + "04" + std::string(128, 'f')), "coordinates over p");
  // x = p + 5: the same residue as a point of the curve, but not reduced.
  ExpectRefused(
      Hex(kPrefix + "04ffffffff00000001000000000000000000000001000000000000000000000004" + kY),
      "x not reduced");
  ExpectRefused(Hex("3019301306072a8648ce3d020106082a8648ce3d03010703020000"), "infinity");
  ExpectRefused(Hex(kPrefix + "00" + std::string(128, '0')), "infinity, padded");
}

TEST(P256PublicKey, OtherEncodingsOfThePoint) {
  ExpectRefused(Hex(std::string("3039301306072a8648ce3d020106082a8648ce3d03010703220002") + kX),
                "compressed");
  ExpectRefused(Hex(kPrefix + "06" + kX + kY), "hybrid");
  ExpectRefused(Hex(kPrefix + "05" + kX + kY), "no such form");
  ExpectRefused(
      Hex("3059301306072a8648ce3d020106082a8648ce3d03010703420104" + std::string(kX) + kY),
      "an unused bit");
  ExpectRefused(Hex(kSpki) + std::string(1, '\0'), "something behind it");
  ExpectRefused(Hex("308159" + kSpki.substr(4)), "BER length");
}

TEST(P256PublicKey, OtherKeys) {
  ExpectRefused(
      Hex("3076301006072a8648ce3d020106052b8104002203620004e36f900ce778e31cc764f7ea21aa0d472156f5"
          "cae57bae6720ac60b29e90f47ace004f998bc3e32fa87600a1a6a174802f8eda3b2fdef99f9d8cc3f7b268"
          "442b46df4b4250e1aae4471cc48d9804b6850a6487129d7efa309be0f1f7da8f1796"),
      "P-384");
  ExpectRefused(Hex("3056301006072a8648ce3d020106052b8104000a034200" + std::string("04") + kX + kY),
                "secp256k1");
  // CVE-2020-0601: the curve's parameters written out, where a forged generator would stand.
  ExpectRefused(
      Hex("3082014b3082010306072a8648ce3d02013081f7020101302c06072a8648ce3d0101022100ffffffff0000"
          "0001000000000000000000000000ffffffffffffffffffffffff305b0420ffffffff000000010000000000"
          "00000000000000fffffffffffffffffffffffc04205ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53"
          "b0f63bce3c3e27d2604b031500c49d360886e704936a6678e1139d26b7819f7e900441046b17d1f2e12c42"
          "47f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce"
          "33576b315ececbb6406837bf51f5022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9"
          "cac2fc63255102010103420004" +
          std::string(kX) + kY),
      "explicit parameters");
  ExpectRefused(Hex("302a300506032b6570032100" + std::string(kX)), "Ed25519");
}

TEST(P256PublicKey, GarbageAndEveryPrefix) {
  const std::string spki = Hex(kSpki);
  for (size_t size = 0; size < spki.size(); ++size) ExpectRefused(spki.substr(0, size), "prefix");
  ExpectRefused(std::string(91, '\0'), "zeros");
  ExpectRefused(std::string(100000, '\x30'), "long");
  for (const size_t size : {0u, 1u, 33u, 64u, 66u}) {
    EXPECT_FALSE(P256SpkiFromPoint(std::string(size, '\x04')).ok());
  }
  EXPECT_FALSE(P256SpkiFromPoint(std::string(65, '\x04')).ok());
}

TEST(P256PrivateKey, PemRoundTrip) {
  const auto key = P256PrivateKey::Generate();
  ASSERT_TRUE(key.ok());
  const Secret pem = (*key)->ToPem();
  EXPECT_EQ(pem.reveal().substr(0, 28), "-----BEGIN PRIVATE KEY-----\n");
  const auto again = P256PrivateKey::FromPem(pem.reveal());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ((*again)->PublicKeyDer(), (*key)->PublicKeyDer());
  EXPECT_EQ((*again)->ToPem(), pem);
  const auto other = P256PrivateKey::Generate();
  EXPECT_NE((*other)->PublicKeyDer(), (*key)->PublicKeyDer());
}

const char kPkcs8[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfZgojVY3IeVsf6Pg\n"
    "c30ZuWYHc/UQLQjACKiPFC2HQZyhRANCAARbsA7a7BKnc3k6Fyn3NsxyYfndM4xn\n"
    "FFKmzVc0Dl1eIl5trvqC/N+kbsdgS+eSGQ3ln7Sg12KMPazbnuXznGee\n"
    "-----END PRIVATE KEY-----\n";

TEST(P256PrivateKey, ReadsWhatOpensslWrites) {
  const auto key = P256PrivateKey::FromPem(kPkcs8);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(ToHex((*key)->PublicKeyDer()), kSpki);
}

void ExpectPemRefused(std::string_view pem) {
  EXPECT_EQ(P256PrivateKey::FromPem(pem).status().code(), absl::StatusCode::kInvalidArgument)
      << pem.substr(0, 200);
  ExpectEmptyErrorQueue();
}

TEST(P256PrivateKey, OtherPemIsRefused) {
  ExpectPemRefused("");
  ExpectPemRefused("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n");
  ExpectPemRefused("-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n");
  ExpectPemRefused(std::string(100000, '-'));
  // SEC 1's own form, Ed25519, and one that would ask for a passphrase.
  ExpectPemRefused(
      "-----BEGIN EC PRIVATE KEY-----\n"
      "MHcCAQEEIH2YKI1WNyHlbH+j4HN9GblmB3P1EC0IwAiojxQth0GcoAoGCCqGSM49\n"
      "AwEHoUQDQgAEW7AO2uwSp3N5Ohcp9zbMcmH53TOMZxRSps1XNA5dXiJeba76gvzf\n"
      "pG7HYEvnkhkN5Z+0oNdijD2s257l85xnng==\n-----END EC PRIVATE KEY-----\n");
  ExpectPemRefused(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEIMdJWeu04xEBa0gGVV81Di5mlVsJ5M+LtqoNVO6D9IOe\n"
      "-----END PRIVATE KEY-----\n");
  ExpectPemRefused(
      "-----BEGIN PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
      "DEK-Info: AES-256-CBC,00000000000000000000000000000000\n\n"
      "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfZgojVY3IeVsf6Pg\n"
      "-----END PRIVATE KEY-----\n");
  // A file in which the two halves do not belong together (one letter of the public half).
  std::string mixed = kPkcs8;
  mixed.replace(mixed.find("FFKmzVc0"), 8, "FFKmzVc1");
  ExpectPemRefused(mixed);
  for (size_t size = 0; size + 20 < sizeof(kPkcs8); size += 7) {
    ExpectPemRefused(std::string_view(kPkcs8).substr(0, size));
  }
}

}  // namespace
}  // namespace signet::openssl
