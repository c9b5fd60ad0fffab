// Operations of one key, wherever it lives: implemented over PKCS#11 (libs/pkcs11) and over OpenSSL
// (libs/openssl). One object is used by one thread at a time.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace signet {

struct GcmOutput {
  std::string nonce;       // 12 random bytes, fresh for each call
  std::string ciphertext;  // ends with the 16-byte tag
};

// AES-256-GCM (NIST SP 800-38D), 12-byte nonce, 16-byte tag.
class MessageKey {
 public:
  virtual ~MessageKey() = default;
  virtual absl::StatusOr<GcmOutput> Seal(std::string_view aad, std::string_view plaintext) = 0;
  // UNAUTHENTICATED, without a reason, where the tag does not fit; INTERNAL where the module
  // failed.
  virtual absl::StatusOr<std::string> Open(std::string_view aad, std::string_view nonce,
                                           std::string_view ciphertext) = 0;
};

// ECDSA over P-256 (FIPS 186-4). digest: 32 bytes of SHA-256. Signature: r || s, 64 bytes.
class SigningKey {
 public:
  virtual ~SigningKey() = default;
  virtual absl::StatusOr<std::string> SignDigest(std::string_view digest) = 0;
};

class VerifyingKey {
 public:
  virtual ~VerifyingKey() = default;
  // UNAUTHENTICATED, without a reason, where it does not verify.
  virtual absl::Status VerifyDigest(std::string_view digest, std::string_view signature) = 0;
};

}  // namespace signet
