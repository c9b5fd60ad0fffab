#include "libs/openssl/p256_key.h"

#include "libs/openssl/error.h"
#include "libs/openssl/p256.h"

namespace signet::openssl {
namespace {

using std::string_view_literals::operator""sv;

// RFC 5480: SEQUENCE { SEQUENCE { OID 1.2.840.10045.2.1 ecPublicKey, OID 1.2.840.10045.3.1.7
// prime256v1 }, BIT STRING without unused bits }; the 65 bytes of the point follow.
constexpr std::string_view kSpkiPrefix =
    "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
    "\x03\x42\x00"sv;
constexpr size_t kPointSize = 65;
constexpr char kUncompressed = '\x04';  // SEC 1, 2.3.3
static_assert(kSpkiPrefix.size() == 26);

}  // namespace

absl::StatusOr<KeyHandle> ParseP256Spki(std::string_view spki_der) {
  if (spki_der.size() != kSpkiPrefix.size() + kPointSize ||
      spki_der.substr(0, kSpkiPrefix.size()) != kSpkiPrefix ||
      spki_der[kSpkiPrefix.size()] != kUncompressed) {
    return Malformed(
        "not a P-256 public key (SubjectPublicKeyInfo, named curve, uncompressed point)");
  }
  const unsigned char* next = Bytes(spki_der);
  KeyHandle key(d2i_PUBKEY(nullptr, &next, static_cast<int>(spki_der.size())));
  if (key == nullptr || !IsP256(key.get())) {
    return Malformed("the public key's point is not on P-256");
  }
  const KeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  // "quick" leaves out n * Q = 0, which holds for every point of a group of cofactor 1.
  if (check == nullptr || EVP_PKEY_public_check_quick(check.get()) != 1) {
    return Malformed("the public key's point is not on P-256");
  }
  return key;
}

std::string SpkiOf(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) {
    InternalFailure("public key encoding").IgnoreError();
    return "";
  }
  std::string spki(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return spki;
}

bool IsP256(const EVP_PKEY* key) {
  char group[32];
  size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group, sizeof(group), &size) == 1 &&
         std::string_view(group, size) == SN_X9_62_prime256v1;
}

absl::StatusOr<std::string> P256SpkiFromPoint(std::string_view point) {
  std::string spki(kSpkiPrefix);
  spki.append(point);
  if (auto key = ParseP256Spki(spki); !key.ok()) return key.status();
  return spki;
}

absl::StatusOr<std::string> P256PointFromSpki(std::string_view spki_der) {
  if (auto key = ParseP256Spki(spki_der); !key.ok()) return key.status();
  return std::string(spki_der.substr(kSpkiPrefix.size()));
}

}  // namespace signet::openssl
