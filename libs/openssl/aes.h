// AES in software: for tests, vectors and the load generator's devices. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"
#include "libs/keys/keys.h"

namespace signet::openssl {

// key: 16, 24 or 32 bytes. plaintext: whole blocks. AES-ECB (FIPS 197), no padding.
absl::StatusOr<Secret> AesEcbEncrypt(const Secret& key, std::string_view plaintext);
// AES-CMAC (RFC 4493, NIST SP 800-38B), 16 bytes.
absl::StatusOr<std::string> AesCmac(const Secret& key, std::string_view data);
// key: 32 bytes.
absl::StatusOr<std::unique_ptr<MessageKey>> CreateMessageKey(const Secret& key);

}  // namespace signet::openssl
