// X.509 certificates (RFC 5280) and PKCS#10 requests (RFC 2986). All keys are P-256, all signatures
// ecdsa-with-SHA256. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/keys/keys.h"

struct x509_st;

namespace signet::openssl {

// A PKCS#10 request for the key whose public half is given; signer makes the signature (in a
// module, or in software).
absl::StatusOr<std::string> BuildCsr(std::string_view common_name,
                                     std::string_view public_key_spki_der, SigningKey& signer);
// Verifies the request's own signature and returns its SubjectPublicKeyInfo. The requested names
// are ignored: the issuer decides them. INVALID_ARGUMENT: malformed, not P-256, or the signature
// does not fit.
absl::StatusOr<std::string> VerifyCsr(std::string_view csr_der);

enum class CertificateProfile {
  kCa,         // basicConstraints CA:TRUE, pathlen 0; keyCertSign, cRLSign
  kSigningCa,  // as kCa, and digitalSignature: its key signs more than certificates
  kServer,     // serverAuth and clientAuth (a service is both)
  kClient,     // clientAuth
  kSigning,    // digitalSignature only: a device's instruction key
};

inline bool IsCa(CertificateProfile profile) {
  return profile == CertificateProfile::kCa || profile == CertificateProfile::kSigningCa;
}

struct CertificateSpec {
  CertificateProfile profile = CertificateProfile::kClient;
  std::string common_name;
  std::string spiffe_id;               // "spiffe://signet/…"; empty for a CA
  std::vector<std::string> dns_names;  // servers
  std::vector<std::string> ip_addresses;
  int64_t not_before_unix_s = 0;
  int64_t not_after_unix_s = 0;
  std::string public_key_spki_der;
};

// issuer_certificate_der: empty to make a self-signed CA. The serial number is 16 random bytes.
absl::StatusOr<std::string> IssueCertificate(const CertificateSpec& spec,
                                             std::string_view issuer_certificate_der,
                                             SigningKey& issuer_key);

struct CertificateInfo {
  std::string common_name;
  std::string spiffe_id;
  std::string public_key_spki_der;
  std::string serial_hex;
  int64_t not_before_unix_s = 0;
  int64_t not_after_unix_s = 0;
};
absl::StatusOr<CertificateInfo> ParseCertificate(std::string_view certificate_der);

// A CA's certificate, parsed once for many that it issued: OpenSSL takes some 0.3 ms to parse a
// key. Copyable, thread-safe.
class TrustAnchor {
 public:
  // UNAUTHENTICATED: not a certificate, or not that of a CA.
  static absl::StatusOr<TrustAnchor> Parse(std::string_view certificate_der);
  // What is in the certificate. UNAUTHENTICATED unless this issuer signed it and it is valid at the
  // given time.
  absl::StatusOr<CertificateInfo> Verify(std::string_view certificate_der,
                                         int64_t now_unix_s) const;

 private:
  explicit TrustAnchor(std::shared_ptr<x509_st> certificate)
      : certificate_(std::move(certificate)) {}
  std::shared_ptr<x509_st> certificate_;  // OpenSSL's X509
};

// TrustAnchor::Parse and Verify in one.
absl::Status VerifyCertificate(std::string_view certificate_der, std::string_view issuer_der,
                               int64_t now_unix_s);

// PEM (RFC 7468). label: "CERTIFICATE", "PUBLIC KEY", …
std::string ToPem(std::string_view label, std::string_view der);
absl::StatusOr<std::string> FromPem(std::string_view label, std::string_view pem);

}  // namespace signet::openssl
