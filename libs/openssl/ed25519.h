// Ed25519 (RFC 8032): the key that an activation code stands for.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"

namespace signet::openssl {

// The key pair's private seed is SHA-256("signet/activation/1" 00 || code_seed). code_seed: 16
// bytes.
absl::StatusOr<std::string> ActivationPublicKey(const Secret& code_seed);  // 32 bytes
absl::StatusOr<std::string> SignWithActivationCode(const Secret& code_seed,
                                                   std::string_view message);
// UNAUTHENTICATED where it does not verify.
absl::Status VerifyActivationSignature(std::string_view public_key, std::string_view message,
                                       std::string_view signature);

}  // namespace signet::openssl
