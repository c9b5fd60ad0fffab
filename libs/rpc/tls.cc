#include "libs/rpc/tls.h"

#include <memory>
#include <string_view>
#include <utility>

#include "grpcpp/security/auth_metadata_processor.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "libs/rpc/status_mapping.h"
#include "libs/rpc/tls_defaults.h"
#include "libs/rpc/tls_files.h"

namespace signet::rpc {
namespace {

using grpc::experimental::FileWatcherCertificateProvider;

constexpr unsigned int kReloadSeconds = 5;

// Asked before the handler of each call; what the policy does not name is denied.
class PolicyProcessor final : public grpc::AuthMetadataProcessor {
 public:
  PolicyProcessor(MethodPolicy policy, DeniedFn denied)
      : policy_(std::move(policy)), denied_(std::move(denied)) {}

  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& auth_metadata, grpc::AuthContext* context,
                       OutputMetadata* /*consumed*/, OutputMetadata* /*response*/) override {
    std::string method;
    const auto path = auth_metadata.find(":path");
    if (path != auth_metadata.end()) method.assign(path->second.data(), path->second.size());
    const absl::StatusOr<PeerIdentity> peer = PeerIdentityOf(*context);
    const absl::Status allowed = policy_.Check(method, peer.ok() ? &*peer : nullptr);
    if (!allowed.ok() && denied_) denied_(method);
    return ToGrpc(allowed);
  }

 private:
  const MethodPolicy policy_;
  const DeniedFn denied_;
};

std::shared_ptr<grpc::ServerCredentials> Server(
    std::shared_ptr<FileWatcherCertificateProvider> provider, bool mutual, MethodPolicy policy,
    DeniedFn denied) {
  SetTlsDefaults();
  grpc::experimental::TlsServerCredentialsOptions options(std::move(provider));
  options.watch_identity_key_cert_pairs();
  if (mutual) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  std::shared_ptr<grpc::ServerCredentials> credentials =
      grpc::experimental::TlsServerCredentials(options);
  credentials->SetAuthMetadataProcessor(
      std::make_shared<PolicyProcessor>(std::move(policy), std::move(denied)));
  return credentials;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MutualTlsServer(const TlsFiles& files,
                                                                         MethodPolicy policy,
                                                                         DeniedFn denied) {
  SIGNET_RETURN_IF_ERROR(CheckTlsFiles(files));
  return Server(std::make_shared<FileWatcherCertificateProvider>(
                    files.private_key, files.certificate, files.trust_roots, kReloadSeconds),
                /*mutual=*/true, std::move(policy), std::move(denied));
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ServerOnlyTls(const TlsFiles& files,
                                                                       MethodPolicy policy,
                                                                       DeniedFn denied) {
  SIGNET_RETURN_IF_ERROR(
      CheckIdentityFiles(files.certificate, files.private_key, SystemClock().NowUnixMs()));
  return Server(std::make_shared<FileWatcherCertificateProvider>(files.private_key,
                                                                 files.certificate, kReloadSeconds),
                /*mutual=*/false, std::move(policy), std::move(denied));
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MutualTlsClient(const TlsFiles& files) {
  SIGNET_RETURN_IF_ERROR(CheckTlsFiles(files));
  SetTlsDefaults();
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::make_shared<FileWatcherCertificateProvider>(
      files.private_key, files.certificate, files.trust_roots, kReloadSeconds));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  return grpc::experimental::TlsCredentials(options);
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> AnonymousTlsClient(
    const std::string& trust_roots) {
  SIGNET_RETURN_IF_ERROR(CheckTrustRoots(trust_roots));
  SetTlsDefaults();
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(
      std::make_shared<FileWatcherCertificateProvider>(trust_roots, kReloadSeconds));
  options.watch_root_certs();
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace signet::rpc
