#include "libs/rpc/tls_defaults.h"

#include <cstdlib>
#include <mutex>

#include "libs/openssl/session_tickets.h"

namespace signet::rpc {
namespace {

// TLS 1.3 alone. gRPC 1.51 has no setting for the version (its TLS options negotiate 1.2 or 1.3),
// but it takes the cipher suites of TLS 1.2 from this variable once, before its first handshake;
// those of TLS 1.3 are a list apart that it leaves alone. The one named here is of the pre-shared
// key kind (RFC 5487): OpenSSL offers and accepts it only with a pre-shared key callback, which
// gRPC never installs, so a handshake below 1.3 has no cipher to agree on and fails.
void AllowOnlyTls13() {
  setenv("GRPC_SSL_CIPHER_SUITES", "PSK-AES256-GCM-SHA384", /*overwrite=*/1);
}

}  // namespace

void SetTlsDefaults() {
  static std::once_flag once;
  std::call_once(once, [] {
    AllowOnlyTls13();
    openssl::SendNoSessionTickets();
  });
}

}  // namespace signet::rpc
