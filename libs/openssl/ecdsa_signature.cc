#include "libs/openssl/ecdsa_signature.h"

#include "libs/openssl/error.h"
#include "libs/openssl/handle.h"
#include "libs/openssl/p256.h"

namespace signet::openssl {
namespace {

using std::string_view_literals::operator""sv;

constexpr size_t kScalarSize = 32;

// The order n of P-256's group (SP 800-186, 3.2.1.3).
constexpr std::string_view kOrder =
    "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51"sv;
constexpr std::string_view kZero =
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"sv;
static_assert(kOrder.size() == kScalarSize && kZero.size() == kScalarSize);

// 1 <= scalar < n (FIPS 186-4, 6.4). string_view compares bytes as unsigned.
bool InRange(std::string_view scalar) { return scalar > kZero && scalar < kOrder; }

}  // namespace

absl::StatusOr<std::string> DerSignature(std::string_view raw_signature) {
  if (raw_signature.size() != 2 * kScalarSize || !InRange(raw_signature.substr(0, kScalarSize)) ||
      !InRange(raw_signature.substr(kScalarSize))) {
    return Malformed("a P-256 signature is r || s, 64 bytes, each from 1 to n-1");
  }
  const EcdsaSignature signature(ECDSA_SIG_new());
  BignumHandle r(BN_bin2bn(Bytes(raw_signature), kScalarSize, nullptr));
  BignumHandle s(BN_bin2bn(Bytes(raw_signature) + kScalarSize, kScalarSize, nullptr));
  if (signature == nullptr || r == nullptr || s == nullptr ||
      ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) {
    return InternalFailure("ECDSA signature encoding");
  }
  // The signature owns them now.
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return InternalFailure("ECDSA signature encoding");
  std::string encoded(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return encoded;
}

absl::StatusOr<std::string> RawSignature(std::string_view der_signature) {
  const unsigned char* next = Bytes(der_signature);
  const EcdsaSignature signature(
      d2i_ECDSA_SIG(nullptr, &next, static_cast<long>(der_signature.size())));  // NOLINT
  std::string raw(2 * kScalarSize, '\0');
  if (signature == nullptr ||
      BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), MutableBytes(raw), kScalarSize) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), MutableBytes(raw) + kScalarSize,
                   kScalarSize) < 0) {
    return InternalFailure("ECDSA signature decoding");
  }
  return raw;
}

}  // namespace signet::openssl
