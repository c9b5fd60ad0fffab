// ECDSA keys on P-256 in software. Key objects are used by one thread at a time unless said
// otherwise.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"
#include "libs/keys/keys.h"

namespace signet::openssl {

// A parsed public key. VerifyDigest is thread-safe: parse once, keep, share.
// spki_der: SubjectPublicKeyInfo (RFC 5480) of a point on P-256; INVALID_ARGUMENT for anything
// else.
absl::StatusOr<std::unique_ptr<VerifyingKey>> ParseP256PublicKey(std::string_view spki_der);
// SubjectPublicKeyInfo of an uncompressed point (65 bytes, 04 || x || y), and back.
absl::StatusOr<std::string> P256SpkiFromPoint(std::string_view point);
absl::StatusOr<std::string> P256PointFromSpki(std::string_view spki_der);

class P256PrivateKey : public SigningKey {
 public:
  static absl::StatusOr<std::unique_ptr<P256PrivateKey>> Generate();
  // PKCS#8 PEM, unencrypted.
  static absl::StatusOr<std::unique_ptr<P256PrivateKey>> FromPem(std::string_view pem);
  virtual Secret ToPem() const = 0;
  virtual std::string PublicKeyDer() const = 0;  // SubjectPublicKeyInfo
};

// r || s (64 bytes) to DER ECDSA-Sig-Value (RFC 3279, 2.2.3), for X.509.
absl::StatusOr<std::string> DerSignature(std::string_view raw_signature);

}  // namespace signet::openssl
