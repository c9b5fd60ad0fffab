#include "libs/pkcs11/module_keys.h"

#include <utility>

#include "libs/base/status.h"

namespace signet::pkcs11 {
namespace {

constexpr size_t kNonceBytes = 12;  // NIST SP 800-38D, 8.2.1

}  // namespace

absl::StatusOr<GcmOutput> ModuleMessageKey::Seal(std::string_view aad, std::string_view plaintext) {
  GcmOutput output;
  SIGNET_ASSIGN_OR_RETURN(output.nonce, session_.Random(kNonceBytes));
  SIGNET_ASSIGN_OR_RETURN(output.ciphertext,
                          session_.EncryptGcm(key_, output.nonce, aad, plaintext));
  return output;
}

absl::StatusOr<std::string> ModuleMessageKey::Open(std::string_view aad, std::string_view nonce,
                                                   std::string_view ciphertext) {
  return session_.DecryptGcm(key_, nonce, aad, ciphertext);
}

absl::StatusOr<std::string> ModuleSigningKey::SignDigest(std::string_view digest) {
  return session_.SignEcdsa(key_, digest, pin_);
}

absl::Status ModuleVerifyingKey::VerifyDigest(std::string_view digest, std::string_view signature) {
  return session_.VerifyEcdsa(key_, digest, signature);
}

}  // namespace signet::pkcs11
