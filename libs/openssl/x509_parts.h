// What certificates and requests have in common. Internal to libs/openssl.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/keys/keys.h"
#include "libs/openssl/handle.h"

namespace signet::openssl {

// Both parse exactly one DER structure with nothing behind it; `what` names it in the error.
absl::StatusOr<CertificateHandle> ParseX509(std::string_view der, const std::string& what);
absl::StatusOr<RequestHandle> ParseX509Request(std::string_view der);

// A name with one attribute, the common name: 1 to 64 characters of UTF-8 (RFC 5280, appendix A.1,
// ub-common-name), none of them a control character.
absl::StatusOr<NameHandle> MakeName(std::string_view common_name);

// AlgorithmIdentifier of ecdsa-with-SHA256, without parameters (RFC 5758, 3.2).
absl::StatusOr<AlgorithmHandle> EcdsaWithSha256();

// The signer's signature over SHA-256(tbs), as the bit string of an X.509 structure.
absl::StatusOr<BitStringHandle> SignTbs(std::string_view tbs, SigningKey& signer);

// The extensions of every certificate we issue, in place; see certificate.h for the profiles.
// authority_key_id: the issuer's subjectKeyIdentifier; empty where the certificate signs itself.
struct CertificateSpec;
absl::Status AddExtensions(X509* certificate, const CertificateSpec& spec,
                           std::string_view authority_key_id);

}  // namespace signet::openssl
