#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/digest.h"
#include "libs/openssl/error.h"
#include "libs/openssl/p256.h"
#include "libs/openssl/x509_parts.h"

namespace signet::openssl {
namespace {

using BasicConstraintsHandle = Handle<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>;
using AuthorityKeyHandle = Handle<AUTHORITY_KEYID, AUTHORITY_KEYID_free>;
using ExtendedKeyUsageHandle = Handle<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
using GeneralNameHandle = Handle<GENERAL_NAME, GENERAL_NAME_free>;
using Ia5Handle = Handle<ASN1_IA5STRING, ASN1_IA5STRING_free>;

// Bits of KeyUsage (RFC 5280, 4.2.1.3).
constexpr int kDigitalSignature = 0;
constexpr int kKeyCertSign = 5;
constexpr int kCrlSign = 6;

constexpr size_t kKeyIdSize = 20;
constexpr size_t kUriMax = 256;
constexpr size_t kDnsNameMax = 253;

absl::Status Add(X509* certificate, int nid, void* value, bool critical) {
  if (X509_add1_ext_i2d(certificate, nid, value, critical ? 1 : 0, X509V3_ADD_DEFAULT) == 1) {
    return absl::OkStatus();
  }
  return InternalFailure(absl::StrCat("certificate extension ", OBJ_nid2sn(nid)));
}

absl::Status AddBasicConstraints(X509* certificate, bool is_ca) {
  const BasicConstraintsHandle constraints(BASIC_CONSTRAINTS_new());
  if (constraints == nullptr) return InternalFailure("basicConstraints");
  if (is_ca) {
    constraints->ca = 0xff;
    constraints->pathlen = ASN1_INTEGER_new();  // zero: it signs no other CA
    if (constraints->pathlen == nullptr || ASN1_INTEGER_set_int64(constraints->pathlen, 0) != 1) {
      return InternalFailure("basicConstraints");
    }
  }
  return Add(certificate, NID_basic_constraints, constraints.get(), true);
}

// kCa alone signs nothing but certificates and revocation lists.
absl::Status AddKeyUsage(X509* certificate, CertificateProfile profile) {
  const BitStringHandle usage(ASN1_BIT_STRING_new());
  if (usage == nullptr) return InternalFailure("keyUsage");
  const auto set = [&usage](int bit) { return ASN1_BIT_STRING_set_bit(usage.get(), bit, 1) == 1; };
  if ((IsCa(profile) && !(set(kKeyCertSign) && set(kCrlSign))) ||
      (profile != CertificateProfile::kCa && !set(kDigitalSignature))) {
    return InternalFailure("keyUsage");
  }
  return Add(certificate, NID_key_usage, usage.get(), true);
}

absl::Status AddExtendedKeyUsage(X509* certificate, CertificateProfile profile) {
  const bool server = profile == CertificateProfile::kServer;
  if (!server && profile != CertificateProfile::kClient) return absl::OkStatus();
  const ExtendedKeyUsageHandle usages(EXTENDED_KEY_USAGE_new());
  // OBJ_nid2obj gives constants of OpenSSL's, which freeing leaves alone.
  if (usages == nullptr ||
      (server && sk_ASN1_OBJECT_push(usages.get(), OBJ_nid2obj(NID_server_auth)) <= 0) ||
      sk_ASN1_OBJECT_push(usages.get(), OBJ_nid2obj(NID_client_auth)) <= 0) {
    return InternalFailure("extendedKeyUsage");
  }
  return Add(certificate, NID_ext_key_usage, usages.get(), false);
}

// Both key identifiers are opaque; ours are the first 160 bits of SHA-256 of the public key's bit
// string (RFC 7093, 2, method 1).
absl::Status AddKeyIds(X509* certificate, std::string_view spki_der,
                       std::string_view authority_key_id) {
  SIGNET_ASSIGN_OR_RETURN(const std::string point, P256PointFromSpki(spki_der));
  const std::string own = Sha256(point).substr(0, kKeyIdSize);
  const std::string_view issuer = authority_key_id.empty() ? own : authority_key_id;
  const OctetStringHandle subject(ASN1_OCTET_STRING_new());
  const AuthorityKeyHandle authority(AUTHORITY_KEYID_new());
  if (subject == nullptr || authority == nullptr ||
      ASN1_OCTET_STRING_set(subject.get(), Bytes(own), static_cast<int>(own.size())) != 1) {
    return InternalFailure("key identifiers");
  }
  authority->keyid = ASN1_OCTET_STRING_new();
  if (authority->keyid == nullptr || ASN1_OCTET_STRING_set(authority->keyid, Bytes(issuer),
                                                           static_cast<int>(issuer.size())) != 1) {
    return InternalFailure("key identifiers");
  }
  SIGNET_RETURN_IF_ERROR(Add(certificate, NID_subject_key_identifier, subject.get(), false));
  return Add(certificate, NID_authority_key_identifier, authority.get(), false);
}

bool IsNameText(std::string_view text, std::string_view punctuation) {
  for (const char c : text) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alphanumeric && punctuation.find(c) == std::string_view::npos) return false;
  }
  return !text.empty();
}

absl::Status Push(GENERAL_NAMES* names, int type, GeneralNameHandle name, void* value) {
  GENERAL_NAME_set0_value(name.get(), type, value);  // owns value from here on
  if (sk_GENERAL_NAME_push(names, name.get()) <= 0) return InternalFailure("subjectAltName");
  static_cast<void>(name.release());
  return absl::OkStatus();
}

absl::Status PushText(GENERAL_NAMES* names, int type, const std::string& text) {
  GeneralNameHandle name(GENERAL_NAME_new());
  Ia5Handle value(ASN1_IA5STRING_new());
  if (name == nullptr || value == nullptr ||
      ASN1_STRING_set(value.get(), text.data(), static_cast<int>(text.size())) != 1) {
    return InternalFailure("subjectAltName");
  }
  return Push(names, type, std::move(name), value.release());
}

// inet_pton, as OpenSSL's own reader accepts what is no address (":").
absl::Status PushAddress(GENERAL_NAMES* names, const std::string& address) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  int size = 0;
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) {
    size = sizeof(in_addr);
  } else if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) {
    size = sizeof(in6_addr);
  } else {
    return Malformed("an IP address in a certificate is like 127.0.0.1 or ::1");
  }
  GeneralNameHandle name(GENERAL_NAME_new());
  OctetStringHandle value(ASN1_OCTET_STRING_new());
  if (name == nullptr || value == nullptr ||
      ASN1_OCTET_STRING_set(value.get(), bytes.data(), size) != 1) {
    return InternalFailure("subjectAltName");
  }
  return Push(names, GEN_IPADD, std::move(name), value.release());
}

// A SPIFFE ID (SPIFFE-ID, 2): a trust domain and a path of non-empty segments.
absl::Status CheckSpiffeId(const std::string& id) {
  constexpr std::string_view kScheme = "spiffe://";
  const std::string_view rest = std::string_view(id).substr(std::min(id.size(), kScheme.size()));
  if (id.size() > kUriMax || id.compare(0, kScheme.size(), kScheme) != 0 ||
      !IsNameText(rest, "/-._") || rest.front() == '/' || rest.back() == '/' ||
      rest.find('/') == std::string_view::npos || rest.find("//") != std::string_view::npos ||
      rest.find("/.") != std::string_view::npos) {
    return Malformed("a certificate's name is a SPIFFE ID like spiffe://signet/gateway");
  }
  return absl::OkStatus();
}

absl::Status AddNames(X509* certificate, const CertificateSpec& spec) {
  SIGNET_RETURN_IF_ERROR(CheckSpiffeId(spec.spiffe_id));
  const GeneralNamesHandle names(GENERAL_NAMES_new());
  if (names == nullptr) return InternalFailure("subjectAltName");
  SIGNET_RETURN_IF_ERROR(PushText(names.get(), GEN_URI, spec.spiffe_id));
  for (const std::string& dns_name : spec.dns_names) {
    if (dns_name.size() > kDnsNameMax || !IsNameText(dns_name, "-.") || dns_name.front() == '.' ||
        dns_name.front() == '-' || dns_name.find("..") != std::string::npos) {
      return Malformed("a DNS name in a certificate has letters, digits, hyphens and dots");
    }
    SIGNET_RETURN_IF_ERROR(PushText(names.get(), GEN_DNS, dns_name));
  }
  for (const std::string& address : spec.ip_addresses) {
    SIGNET_RETURN_IF_ERROR(PushAddress(names.get(), address));
  }
  return Add(certificate, NID_subject_alt_name, names.get(), false);
}

}  // namespace

absl::Status AddExtensions(X509* certificate, const CertificateSpec& spec,
                           std::string_view authority_key_id) {
  const bool is_ca = IsCa(spec.profile);
  SIGNET_RETURN_IF_ERROR(AddBasicConstraints(certificate, is_ca));
  SIGNET_RETURN_IF_ERROR(AddKeyUsage(certificate, spec.profile));
  SIGNET_RETURN_IF_ERROR(AddExtendedKeyUsage(certificate, spec.profile));
  SIGNET_RETURN_IF_ERROR(AddKeyIds(certificate, spec.public_key_spki_der, authority_key_id));
  if (is_ca) {
    const bool named =
        !spec.spiffe_id.empty() || !spec.dns_names.empty() || !spec.ip_addresses.empty();
    return named ? Malformed("a CA certificate has no SPIFFE ID, DNS name or address")
                 : absl::OkStatus();
  }
  return AddNames(certificate, spec);
}

}  // namespace signet::openssl
