// TLS 1.3 credentials from PEM files that are watched and reloaded when they are renamed into
// place.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "libs/rpc/method_policy.h"

namespace signet::rpc {

struct TlsFiles {
  std::string certificate;  // PEM chain, own certificate first
  std::string private_key;  // PEM, PKCS#8
  std::string trust_roots;  // PEM; who is trusted as the other end
};

// Called for each denied call with the method (for the metric and the log). Must not block;
// thread-safe.
using DeniedFn = std::function<void(const std::string& method)>;

// Requires and verifies a client certificate during the handshake, then checks each call against
// the policy. Errors name the file and the remedy: unreadable, not PEM, key does not fit,
// certificate expired or not yet valid.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MutualTlsServer(const TlsFiles& files,
                                                                         MethodPolicy policy,
                                                                         DeniedFn denied);
// For enrollment: the server's certificate only (trust_roots is not used); the policy still
// applies.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerOnlyTls(const TlsFiles& files,
                                                                       MethodPolicy policy,
                                                                       DeniedFn denied);
// With a client certificate.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MutualTlsClient(const TlsFiles& files);
// Without one; only trust_roots is used.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> AnonymousTlsClient(
    const std::string& trust_roots);

}  // namespace signet::rpc
