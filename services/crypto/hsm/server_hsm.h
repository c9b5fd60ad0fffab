// The server's HSM: the module, one long-lived session for each thread that uses it, the keys'
// handles, and the metrics of all that is done with them.
//
// The module is closed and opened anew after so many session objects (SoftHSM 2.6.1 keeps about 243
// bytes of each until C_Finalize) and whenever it lost its token, its sessions or the login.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "libs/pkcs11/module.h"
#include "services/crypto/hsm/hsm_metrics.h"
#include "services/crypto/hsm/hsm_session.h"
#include "services/crypto/hsm/token_login.h"

namespace signet::crypto {

struct HsmOptions {
  TokenOptions token;
  uint32_t bdk_id = 0;
  size_t sessions = 1;                    // one for each thread
  size_t cached_keys = 16384;             // of transactions, over all sessions
  uint64_t objects_per_session = 200000;  // then the module is opened anew: about 50 MB each
};

// Every operation names its thread: sessions are never shared. Thread-safe.
class ServerHsm {
 public:
  // Errors carry an exit code: missing library, token, key or mechanism 8, wrong PIN 4.
  static absl::StatusOr<std::unique_ptr<ServerHsm>> Open(const HsmOptions& options,
                                                         HsmMetrics& metrics);

  // As HsmSession's; besides, UNAVAILABLE while the module cannot be opened.
  absl::StatusOr<sealing::OpenedMessage> OpenMessage(size_t thread,
                                                     const sealing::v1::SealedMessage& message,
                                                     const sealing::Header& header);
  absl::StatusOr<sealing::v1::SealedMessage> SealAnswer(size_t thread,
                                                        const sealing::Header& header,
                                                        std::string_view body,
                                                        std::string_view signature);
  absl::StatusOr<std::string> SignReceipt(size_t thread, std::string_view receipt_body);
  absl::StatusOr<WrappedInitialKey> WrapInitialKey(size_t thread, uint32_t device_id,
                                                   const openssl::RsaPublicKey& transport_key);
  absl::StatusOr<std::string> IssueCertificate(size_t thread, const openssl::CertificateSpec& spec,
                                               std::string_view device_ca_der);
  absl::StatusOr<std::string> SignEnrollmentAnswer(size_t thread, std::string_view request_hash,
                                                   std::string_view content);

  // For readiness: asks the token, and opens the module anew where it is lost. On any thread.
  absl::Status Check();
  const std::string& receipt_public_der() const { return receipt_public_der_; }
  const std::string& device_ca_public_der() const { return device_ca_public_der_; }

 private:
  // All that lives from C_Initialize to C_Finalize. Destroyed in reverse: sessions before module.
  struct Instance {
    explicit Instance(pkcs11::Module loaded) : module(std::move(loaded)) {}
    pkcs11::Module module;
    ServerKeys keys;
    std::vector<std::unique_ptr<HsmSession>> sessions;
    absl::Mutex probe_mutex;
    std::unique_ptr<pkcs11::Session> probe;
  };

  ServerHsm(const HsmOptions& options, HsmMetrics& metrics)
      : options_(options), metrics_(metrics) {}
  static absl::StatusOr<std::unique_ptr<Instance>> OpenInstance(const HsmOptions& options);
  // Runs the operation in the thread's session and records it; once more, where the module was lost
  // and could be opened anew.
  template <typename Fn>
  auto Run(HsmOperation operation, size_t thread, const Fn& fn);
  template <typename Fn>
  auto RunOnce(size_t thread, const Fn& fn);
  // Once for each generation. cause: OK where it is only to free the module's memory.
  void Reopen(uint64_t generation, const absl::Status& cause) ABSL_LOCKS_EXCLUDED(mutex_);

  const HsmOptions options_;
  HsmMetrics& metrics_;
  std::string receipt_public_der_;
  std::string device_ca_public_der_;
  // Shared by operations; held alone while the module is opened anew.
  mutable absl::Mutex mutex_;
  std::unique_ptr<Instance> instance_ ABSL_GUARDED_BY(mutex_);
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;
  std::chrono::steady_clock::time_point next_attempt_ ABSL_GUARDED_BY(mutex_);
  bool pin_refused_ ABSL_GUARDED_BY(mutex_) = false;  // until the service is started again
};

}  // namespace signet::crypto
