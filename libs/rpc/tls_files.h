// Checks of the PEM files before a server or a channel is made of them, so that a wrong file is
// told at the start, by name and with a remedy, and not by failing handshakes later.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/rpc/peer_identity.h"
#include "libs/rpc/tls.h"

namespace signet::rpc {

// The certificate and its key can be read, are PEM, fit each other and the certificate is valid
// now. FAILED_PRECONDITION names the file and the remedy; NOT_FOUND where it is not there (yet).
absl::Status CheckIdentityFiles(const std::string& certificate_path, const std::string& key_path,
                                int64_t now_unix_ms);
// The roots can be read and every one of them is a certificate.
absl::Status CheckTrustRoots(const std::string& roots_path);
// Both, for a service's own three files, as of now.
absl::Status CheckTlsFiles(const TlsFiles& files);
// The same, and that the certificate is of the service's own role, by its one SPIFFE ID: with
// another's it would serve, and be refused by everyone.
absl::Status CheckServiceFiles(const TlsFiles& files, Role own);
// When the certificate ends, for signet_tls_certificate_not_after_seconds.
absl::StatusOr<int64_t> CertificateNotAfterUnixS(const std::string& certificate_path);

}  // namespace signet::rpc
