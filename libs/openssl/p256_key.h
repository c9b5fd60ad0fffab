// P-256 public keys as OpenSSL holds them. Internal to libs/openssl.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/openssl/handle.h"

namespace signet::openssl {

// Accepts exactly one encoding of each key: the named curve and the uncompressed point, on the
// curve. Everything else that X.509 allows is refused, and so is anything behind the key.
absl::StatusOr<KeyHandle> ParseP256Spki(std::string_view spki_der);
// SubjectPublicKeyInfo.
std::string SpkiOf(EVP_PKEY* key);
bool IsP256(const EVP_PKEY* key);

}  // namespace signet::openssl
