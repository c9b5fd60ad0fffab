// The device CA's certificate: a PEM file beside the configuration, for a key in the token.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace signet::crypto {

// The DER of the certificate in the file. NOT_FOUND, or FAILED_PRECONDITION where it is for another
// key than the token's (public_key_der: SubjectPublicKeyInfo), both with the remedy.
absl::StatusOr<std::string> LoadDeviceCa(const std::string& path,
                                         const std::string& public_key_der);

}  // namespace signet::crypto
