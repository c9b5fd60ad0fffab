#include <utility>

#include "libs/base/status.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/error.h"
#include "libs/openssl/p256_key.h"
#include "libs/openssl/random.h"
#include "libs/openssl/x509_parts.h"

namespace signet::openssl {
namespace {

constexpr size_t kSerialSize = 16;
constexpr int64_t kTimeMax = 253402300799;  // 9999-12-31T23:59:59Z, the last that X.509 can say

// The issuer's side of a certificate: its name, its key identifier and its public key.
struct Issuer {
  NameHandle name;
  std::string key_id;  // empty for a self-signed certificate
  KeyHandle public_key;
};

absl::StatusOr<Issuer> SelfIssuer(const CertificateSpec& spec) {
  if (!IsCa(spec.profile)) {
    return absl::InvalidArgumentError(
        "only a CA certificate signs itself: give the issuer's certificate");
  }
  Issuer issuer;
  SIGNET_ASSIGN_OR_RETURN(issuer.name, MakeName(spec.common_name));
  SIGNET_ASSIGN_OR_RETURN(issuer.public_key, ParseP256Spki(spec.public_key_spki_der));
  return issuer;
}

absl::StatusOr<Issuer> IssuerOf(const CertificateSpec& spec, std::string_view issuer_der) {
  if (issuer_der.empty()) return SelfIssuer(spec);
  if (IsCa(spec.profile)) {
    return absl::InvalidArgumentError("a CA certificate is self-signed: give no issuer");
  }
  SIGNET_ASSIGN_OR_RETURN(const CertificateHandle certificate,
                          ParseX509(issuer_der, "the issuer's certificate"));
  SIGNET_ASSIGN_OR_RETURN(const CertificateInfo info, ParseCertificate(issuer_der));
  const ASN1_OCTET_STRING* key_id = X509_get0_subject_key_id(certificate.get());
  if ((X509_get_extension_flags(certificate.get()) & EXFLAG_CA) == 0 ||
      (X509_get_key_usage(certificate.get()) & KU_KEY_CERT_SIGN) == 0 || key_id == nullptr) {
    return Malformed("the issuer's certificate is not a CA certificate that may sign others");
  }
  Issuer issuer;
  issuer.name.reset(X509_NAME_dup(X509_get_subject_name(certificate.get())));
  issuer.key_id.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(key_id)),
                       static_cast<size_t>(ASN1_STRING_length(key_id)));
  if (issuer.name == nullptr) return InternalFailure("issuer's name");
  SIGNET_ASSIGN_OR_RETURN(issuer.public_key, ParseP256Spki(info.public_key_spki_der));
  return issuer;
}

absl::Status SetSerialNumber(X509* certificate) {
  std::string serial = RandomBytes(kSerialSize);
  // RFC 5280, 4.1.2.2: positive, so the top bit is 0; the next is 1 so that all have one length.
  serial[0] = static_cast<char>((serial[0] & 0x3f) | 0x40);
  const BignumHandle number(BN_bin2bn(Bytes(serial), static_cast<int>(serial.size()), nullptr));
  const IntegerHandle integer(number == nullptr ? nullptr
                                                : BN_to_ASN1_INTEGER(number.get(), nullptr));
  if (integer == nullptr || X509_set_serialNumber(certificate, integer.get()) != 1) {
    return InternalFailure("serial number");
  }
  return absl::OkStatus();
}

absl::Status SetValidity(X509* certificate, const CertificateSpec& spec) {
  if (spec.not_before_unix_s < 0 || spec.not_after_unix_s > kTimeMax ||
      spec.not_before_unix_s >= spec.not_after_unix_s) {
    return absl::InvalidArgumentError("a certificate ends after it begins, between 1970 and 9999");
  }
  if (ASN1_TIME_set(X509_getm_notBefore(certificate), spec.not_before_unix_s) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(certificate), spec.not_after_unix_s) == nullptr) {
    return InternalFailure("validity");
  }
  return absl::OkStatus();
}

// Signs with a key that OpenSSL cannot hold. OpenSSL has setters for the signature of a request
// but none for that of a certificate; X509_sign would want the private key. X509_get0_tbs_sigalg
// and X509_get0_signature lend the two algorithm fields and the signature as const, yet the object
// is ours and not const, so writing through them is defined. In order: both algorithm fields (the
// inner one is signed too, and must equal the outer: RFC 5280, 4.1.1.2), the part to be signed
// encoded anew, the signature over it. The caller verifies the result as any reader would.
absl::Status Sign(X509* certificate, SigningKey& key) {
  const ASN1_BIT_STRING* signature = nullptr;
  const X509_ALGOR* outer = nullptr;
  X509_get0_signature(&signature, &outer, certificate);
  SIGNET_ASSIGN_OR_RETURN(const AlgorithmHandle algorithm, EcdsaWithSha256());
  if (X509_ALGOR_copy(const_cast<X509_ALGOR*>(X509_get0_tbs_sigalg(certificate)),
                      algorithm.get()) != 1 ||
      X509_ALGOR_copy(const_cast<X509_ALGOR*>(outer), algorithm.get()) != 1) {
    return InternalFailure("signature algorithm");
  }
  unsigned char* der = nullptr;
  const int size = i2d_re_X509_tbs(certificate, &der);
  if (size <= 0) return InternalFailure("certificate");
  const std::string tbs(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  SIGNET_ASSIGN_OR_RETURN(const BitStringHandle made, SignTbs(tbs, key));
  if (ASN1_STRING_copy(const_cast<ASN1_BIT_STRING*>(signature), made.get()) != 1) {
    return InternalFailure("signature");
  }
  return absl::OkStatus();
}

absl::StatusOr<CertificateHandle> Unsigned(const CertificateSpec& spec, const Issuer& issuer) {
  SIGNET_ASSIGN_OR_RETURN(const KeyHandle key, ParseP256Spki(spec.public_key_spki_der));
  SIGNET_ASSIGN_OR_RETURN(const NameHandle subject, MakeName(spec.common_name));
  CertificateHandle certificate(X509_new());
  if (certificate == nullptr || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      X509_set_subject_name(certificate.get(), subject.get()) != 1 ||
      X509_set_issuer_name(certificate.get(), issuer.name.get()) != 1 ||
      X509_set_pubkey(certificate.get(), key.get()) != 1) {
    return InternalFailure("certificate");
  }
  SIGNET_RETURN_IF_ERROR(SetSerialNumber(certificate.get()));
  SIGNET_RETURN_IF_ERROR(SetValidity(certificate.get(), spec));
  SIGNET_RETURN_IF_ERROR(AddExtensions(certificate.get(), spec, issuer.key_id));
  return certificate;
}

}  // namespace

absl::StatusOr<std::string> IssueCertificate(const CertificateSpec& spec,
                                             std::string_view issuer_certificate_der,
                                             SigningKey& issuer_key) {
  SIGNET_ASSIGN_OR_RETURN(const Issuer issuer, IssuerOf(spec, issuer_certificate_der));
  SIGNET_ASSIGN_OR_RETURN(const CertificateHandle certificate, Unsigned(spec, issuer));
  SIGNET_RETURN_IF_ERROR(Sign(certificate.get(), issuer_key));
  if (X509_verify(certificate.get(), issuer.public_key.get()) != 1) {
    InternalFailure("").IgnoreError();
    return absl::FailedPreconditionError(
        "the signing key is not that of the issuer's certificate: check which key and which CA "
        "file are configured");
  }
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  if (size <= 0) return InternalFailure("certificate");
  std::string encoded(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return encoded;
}

}  // namespace signet::openssl
