// ECDSA signatures in both forms. Internal to libs/openssl; DerSignature is in p256.h.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace signet::openssl {

// DER ECDSA-Sig-Value to r || s, each in 32 bytes.
absl::StatusOr<std::string> RawSignature(std::string_view der_signature);

}  // namespace signet::openssl
