// TLS session tickets (RFC 8446, 4.6.1), for all of a process' TLS: gRPC 1.51 has no setting.
#pragma once

namespace signet::openssl {

// Servers of this process send no tickets from then on (docs/decisions/0020). Before the first TLS
// context is made. Thread-safe.
void SendNoSessionTickets();

}  // namespace signet::openssl
