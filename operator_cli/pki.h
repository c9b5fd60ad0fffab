// The software CA of the services: its key, and the TLS certificates of services and operators.
// (Devices are certified by another CA, whose key never leaves the server's module.)
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace signet::operator_cli {

// Makes dir/ca.key (readable by its owner alone) and dir/ca.pem, valid for 10 years; makes dir
// where there is none. ALREADY_EXISTS: dir holds a CA, which is never overwritten.
absl::Status InitPki(const std::string& dir, Clock& clock);

// Issues a TLS key and certificate from the CA in dir.
// identity: "gateway", "crypto", "platform" or "operator/<name>"; the certificate's one URI is
// spiffe://signet/<identity>. Servers also get the DNS names signet-<identity> and localhost, the
// address 127.0.0.1, and the extra ones; an operator has none.
// Writes out_dir/ca.pem, out_dir/tls.key (readable by its owner alone) and out_dir/tls.pem (the
// certificate alone). Each is renamed into place, the key before the certificate, so that a server
// that watches them reloads complete files. Existing ones are replaced: this also renews.
// ALREADY_EXISTS where out_dir/tls.pem is the certificate of another identity.
// days: from 1, and not past the CA's own end.
absl::Status IssueServiceCertificate(const std::string& dir, const std::string& identity,
                                     const std::string& out_dir,
                                     const std::vector<std::string>& dns_names,
                                     const std::vector<std::string>& ip_addresses, int days,
                                     Clock& clock);

}  // namespace signet::operator_cli
