// RSA public keys, and a whole key pair in software for the load generator's devices.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"

namespace signet::openssl {

struct RsaPublicKey {
  std::string modulus;          // big-endian, no leading zero
  std::string public_exponent;  // big-endian, no leading zero
};

// SubjectPublicKeyInfo (RFC 8017). INVALID_ARGUMENT unless an RSA key of 3072 to 4096 bits with
// exponent 65537.
absl::StatusOr<RsaPublicKey> ParseRsaPublicKey(std::string_view spki_der);
absl::StatusOr<std::string> RsaSpki(const RsaPublicKey& key);
// RSAES-OAEP with SHA-1 and MGF1-SHA-1: what a server's module does to an initial key.
absl::StatusOr<std::string> WrapOaep(std::string_view spki_der, const Secret& key);

class RsaPrivateKey {
 public:
  virtual ~RsaPrivateKey() = default;
  static absl::StatusOr<std::unique_ptr<RsaPrivateKey>> Generate(int bits);
  virtual std::string PublicKeyDer() const = 0;
  // RSAES-OAEP with SHA-1 and MGF1-SHA-1.
  virtual absl::StatusOr<Secret> UnwrapOaep(std::string_view wrapped) const = 0;
};

}  // namespace signet::openssl
