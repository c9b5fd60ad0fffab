// Internal: how PKCS#11 writes P-256 keys (v2.40 mechanisms, 2.3.3): CKA_EC_PARAMS is the DER of
// the curve's object identifier, CKA_EC_POINT the DER OCTET STRING of the point.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace signet::pkcs11 {

// OBJECT IDENTIFIER 1.2.840.10045.3.1.7 (RFC 5480, 2.1.1.1)
inline constexpr std::string_view kP256Parameters("\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 10);
inline constexpr size_t kP256PointBytes = 65;  // 04 || x || y
inline constexpr size_t kP256SignatureBytes = 64;
inline constexpr size_t kSha256Bytes = 32;

absl::StatusOr<std::string> EncodeP256Point(std::string_view point);
// Takes the bare point too, which some modules give.
absl::StatusOr<std::string> DecodeP256Point(std::string_view encoded);

}  // namespace signet::pkcs11
