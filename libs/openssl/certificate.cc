#include "libs/openssl/certificate.h"

#include <ctime>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/status.h"
#include "libs/openssl/error.h"
#include "libs/openssl/p256_key.h"
#include "libs/openssl/x509_parts.h"

namespace signet::openssl {
namespace {

// NIST's 128-bit level: P-256 with SHA-256 reaches it, anything weaker is refused.
constexpr int kSecurityLevel = 3;

std::string BytesOf(const ASN1_STRING* value) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                     static_cast<size_t>(ASN1_STRING_length(value)));
}

// A zero byte would let two readers see two different names.
bool HasZeroByte(const std::string& text) { return text.find('\0') != std::string::npos; }

absl::StatusOr<std::string> CommonNameOf(const X509* certificate) {
  const X509_NAME* name = X509_get_subject_name(certificate);
  const int index = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (index < 0) return std::string();
  if (X509_NAME_get_index_by_NID(name, NID_commonName, index) >= 0) {
    return Malformed("the certificate has more than one common name");
  }
  unsigned char* utf8 = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
  if (size < 0) return Malformed("the certificate's common name is malformed");
  std::string common_name(reinterpret_cast<const char*>(utf8), static_cast<size_t>(size));
  OPENSSL_free(utf8);
  if (HasZeroByte(common_name)) return Malformed("the certificate's common name is malformed");
  return common_name;
}

// The one URI among the subject's alternative names; "" where there is none.
absl::StatusOr<std::string> SpiffeIdOf(const X509* certificate) {
  int critical = 0;
  const GeneralNamesHandle names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, &critical, nullptr)));
  if (names == nullptr) {
    // -1: no such extension. Otherwise it is there, but malformed or twice.
    if (critical != -1) return Malformed("the certificate's alternative names are malformed");
    return std::string();
  }
  std::string spiffe_id;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = -1;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (type != GEN_URI) continue;
    const std::string uri = BytesOf(static_cast<const ASN1_STRING*>(value));
    // X.509-SVID, 2: exactly one URI.
    if (uri.empty() || HasZeroByte(uri) || !spiffe_id.empty()) {
      return Malformed("the certificate must have exactly one URI name, its SPIFFE ID");
    }
    spiffe_id = uri;
  }
  return spiffe_id;
}

absl::StatusOr<int64_t> UnixTime(const ASN1_TIME* time) {
  std::tm calendar{};
  if (ASN1_TIME_to_tm(time, &calendar) != 1) return Malformed("the certificate's times are wrong");
  return static_cast<int64_t>(timegm(&calendar));
}

absl::StatusOr<std::string> SerialHexOf(const X509* certificate) {
  const BignumHandle number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  if (number == nullptr || BN_is_negative(number.get()) || BN_is_zero(number.get())) {
    return Malformed("the certificate's serial number is not positive");
  }
  std::string bytes(static_cast<size_t>(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), MutableBytes(bytes));
  return ToHex(bytes);
}

std::string SpkiBytesOf(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return "";
  std::string spki(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return spki;
}

absl::StatusOr<CertificateInfo> InfoOf(const X509* x509) {
  if (X509_get_version(x509) != X509_VERSION_3 ||
      X509_get_signature_nid(x509) != NID_ecdsa_with_SHA256) {
    return Malformed("the certificate is not X.509 version 3 with ecdsa-with-SHA256");
  }
  CertificateInfo info;
  SIGNET_ASSIGN_OR_RETURN(info.common_name, CommonNameOf(x509));
  SIGNET_ASSIGN_OR_RETURN(info.spiffe_id, SpiffeIdOf(x509));
  SIGNET_ASSIGN_OR_RETURN(info.serial_hex, SerialHexOf(x509));
  SIGNET_ASSIGN_OR_RETURN(info.not_before_unix_s, UnixTime(X509_get0_notBefore(x509)));
  SIGNET_ASSIGN_OR_RETURN(info.not_after_unix_s, UnixTime(X509_get0_notAfter(x509)));
  info.public_key_spki_der = SpkiBytesOf(x509);
  if (const auto key = ParseP256Spki(info.public_key_spki_der); !key.ok()) {
    return Annotate(key.status(), "the certificate's key");
  }
  return info;
}

absl::Status NotTrusted(const std::string& why) {
  InternalFailure("").IgnoreError();
  return absl::UnauthenticatedError(absl::StrCat("certificate not trusted: ", why));
}

// info: what is in it.
absl::StatusOr<CertificateHandle> ParseForTrust(std::string_view der, const std::string& what,
                                                CertificateInfo& info) {
  auto certificate = ParseX509(der, what);
  if (!certificate.ok()) return NotTrusted(std::string(certificate.status().message()));
  auto found = InfoOf(certificate->get());
  if (!found.ok()) return NotTrusted(absl::StrCat(what, ": ", found.status().message()));
  info = *std::move(found);
  return certificate;
}

// Everything else that RFC 5280, 6 demands of a path from the issuer to the certificate: times,
// extensions, the strength of the algorithms.
absl::Status CheckPath(X509* certificate, X509* issuer, int64_t now_unix_s) {
  const StoreHandle store(X509_STORE_new());
  const StoreContext context(X509_STORE_CTX_new());
  if (store == nullptr || context == nullptr || X509_STORE_add_cert(store.get(), issuer) != 1 ||
      X509_STORE_CTX_init(context.get(), store.get(), certificate, nullptr) != 1) {
    return InternalFailure("certificate verification");
  }
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(param, now_unix_s);
  X509_VERIFY_PARAM_set_depth(param, 0);  // no certificate between the issuer and this one
  X509_VERIFY_PARAM_set_auth_level(param, kSecurityLevel);
  // PARTIAL_CHAIN: the issuer is trusted as it is given, self-signed or not. X509_STRICT: what RFC
  // 5280 demands of extensions.
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_X509_STRICT);
  if (X509_verify_cert(context.get()) != 1) {
    return NotTrusted(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CertificateInfo> ParseCertificate(std::string_view certificate_der) {
  SIGNET_ASSIGN_OR_RETURN(const CertificateHandle certificate,
                          ParseX509(certificate_der, "the certificate"));
  return InfoOf(certificate.get());
}

absl::StatusOr<TrustAnchor> TrustAnchor::Parse(std::string_view certificate_der) {
  CertificateInfo ignored;
  SIGNET_ASSIGN_OR_RETURN(CertificateHandle issuer,
                          ParseForTrust(certificate_der, "the issuer's certificate", ignored));
  // The issuer becomes the trust anchor in CheckPath, and an anchor's own rights are not examined
  // there.
  if ((X509_get_extension_flags(issuer.get()) & EXFLAG_CA) == 0 ||
      (X509_get_key_usage(issuer.get()) & KU_KEY_CERT_SIGN) == 0) {
    return NotTrusted("the issuer's certificate is not that of a CA");
  }
  return TrustAnchor(std::shared_ptr<X509>(std::move(issuer)));
}

absl::StatusOr<CertificateInfo> TrustAnchor::Verify(std::string_view certificate_der,
                                                    int64_t now_unix_s) const {
  CertificateInfo info;
  SIGNET_ASSIGN_OR_RETURN(const CertificateHandle certificate,
                          ParseForTrust(certificate_der, "the certificate", info));
  // Nor is a signature, where the certificate is the anchor itself.
  if (X509_check_issued(certificate_.get(), certificate.get()) != X509_V_OK ||
      X509_verify(certificate.get(), X509_get0_pubkey(certificate_.get())) != 1) {
    return NotTrusted("it was not signed by this issuer");
  }
  SIGNET_RETURN_IF_ERROR(CheckPath(certificate.get(), certificate_.get(), now_unix_s));
  return info;
}

absl::Status VerifyCertificate(std::string_view certificate_der, std::string_view issuer_der,
                               int64_t now_unix_s) {
  SIGNET_ASSIGN_OR_RETURN(const TrustAnchor issuer, TrustAnchor::Parse(issuer_der));
  return issuer.Verify(certificate_der, now_unix_s).status();
}

}  // namespace signet::openssl
