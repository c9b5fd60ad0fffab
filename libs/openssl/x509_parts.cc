#include "libs/openssl/x509_parts.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/openssl/digest.h"
#include "libs/openssl/error.h"
#include "libs/openssl/p256.h"

namespace signet::openssl {
namespace {

constexpr size_t kDerMax = 16 * 1024;
constexpr size_t kCommonNameMax = 64;

template <typename T>
bool EncodesTo(T* object, int (*encode)(const T*, unsigned char**), std::string_view der) {
  unsigned char* again = nullptr;
  const int size = encode(object, &again);
  const bool same = size > 0 && std::string_view(reinterpret_cast<const char*>(again),
                                                 static_cast<size_t>(size)) == der;
  OPENSSL_free(again);
  return same;
}

// Encoding it again shows bytes behind the structure, and an outer part that is not DER.
template <typename Owner, typename T>
absl::StatusOr<Owner> ParseDer(std::string_view der, const std::string& what,
                               T* (*decode)(T**, const unsigned char**, long),  // NOLINT
                               int (*encode)(const T*, unsigned char**)) {
  if (der.empty() || der.size() > kDerMax) return Malformed(what + " is empty or over 16 KiB");
  const unsigned char* next = Bytes(der);
  Owner object(decode(nullptr, &next, static_cast<long>(der.size())));  // NOLINT
  if (object == nullptr || !EncodesTo(object.get(), encode, der)) {
    return Malformed(what + " is malformed");
  }
  return object;
}

}  // namespace

absl::StatusOr<CertificateHandle> ParseX509(std::string_view der, const std::string& what) {
  return ParseDer<CertificateHandle, X509>(der, what, &d2i_X509, &i2d_X509);
}

absl::StatusOr<RequestHandle> ParseX509Request(std::string_view der) {
  return ParseDer<RequestHandle, X509_REQ>(der, "the certificate request", &d2i_X509_REQ,
                                           &i2d_X509_REQ);
}

absl::StatusOr<NameHandle> MakeName(std::string_view common_name) {
  for (const char c : common_name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return Malformed("a common name has no control characters");
    }
  }
  NameHandle name(X509_NAME_new());
  if (common_name.empty() || common_name.size() > kCommonNameMax || name == nullptr ||
      X509_NAME_add_entry_by_NID(name.get(), NID_commonName, MBSTRING_UTF8, Bytes(common_name),
                                 static_cast<int>(common_name.size()), -1, 0) != 1) {
    return Malformed("a common name is 1 to 64 bytes of UTF-8");
  }
  return name;
}

absl::StatusOr<AlgorithmHandle> EcdsaWithSha256() {
  AlgorithmHandle algorithm(X509_ALGOR_new());
  if (algorithm == nullptr || X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_ecdsa_with_SHA256),
                                              V_ASN1_UNDEF, nullptr) != 1) {
    return InternalFailure("signature algorithm");
  }
  return algorithm;
}

absl::StatusOr<BitStringHandle> SignTbs(std::string_view tbs, SigningKey& signer) {
  SIGNET_ASSIGN_OR_RETURN(const std::string raw, signer.SignDigest(Sha256(tbs)));
  SIGNET_ASSIGN_OR_RETURN(const std::string der, DerSignature(raw));
  BitStringHandle bits(ASN1_BIT_STRING_new());
  if (bits == nullptr ||
      ASN1_BIT_STRING_set(bits.get(), MutableBytes(const_cast<std::string&>(der)),
                          static_cast<int>(der.size())) != 1) {
    return InternalFailure("signature");
  }
  // Without this flag OpenSSL takes the string for a set of named flags, whose trailing zero bits
  // DER drops: a signature that happens to end in zeros would be cut.
  bits->flags &= ~0x07;  // no unused bits
  bits->flags |= ASN1_STRING_FLAG_BITS_LEFT;
  return bits;
}

}  // namespace signet::openssl
