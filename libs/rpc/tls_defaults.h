// What gRPC 1.51 has no setting for, set for all of a process' TLS.
#pragma once

namespace signet::rpc {

// TLS 1.3 alone (docs/decisions/0009), and no session tickets (docs/decisions/0020). Before the
// first credentials; again does nothing. Thread-safe.
void SetTlsDefaults();

}  // namespace signet::rpc
