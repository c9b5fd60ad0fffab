// What a TLS endpoint must know of its own PEM files before it starts: when its certificate is
// valid, whose it is and whether its key fits. A library of its own that can neither sign, verify
// nor decrypt, so that processes without any right to keys may link it. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/secret.h"

namespace signet::openssl {

struct Validity {
  int64_t not_before_unix_s = 0;
  int64_t not_after_unix_s = 0;
};

// Of the first certificate in a PEM chain. INVALID_ARGUMENT where it is not a certificate.
absl::StatusOr<Validity> CertificateValidity(std::string_view chain_pem);
// The URIs among its alternative names, where a SPIFFE ID stands. INVALID_ARGUMENT as above.
absl::StatusOr<std::vector<std::string>> CertificateUris(std::string_view chain_pem);
// Whether the unencrypted PEM key is that of the chain's first certificate. INVALID_ARGUMENT where
// one of the two cannot be parsed.
absl::StatusOr<bool> PrivateKeyFits(std::string_view chain_pem, const Secret& key_pem);
// OK where the text holds at least one certificate and nothing that cannot be parsed.
absl::Status CheckCertificates(std::string_view pem);

}  // namespace signet::openssl
