// The server's HSM: the module, one long-lived session for each thread that uses it, the keys'
// handles, and the metrics of all that is done with them.
//
// A module that comes back is taken back. An operation that fails by any fault but the message's or
// the PIN's (libs/pkcs11/fault.h) is done again in a new session; where it fails again and the
// module does not do known work either, all sessions and the login are made anew, and then the
// module itself (C_Finalize, C_Initialize). While that does not help, operations are answered
// UNAVAILABLE at once, and a thread of this object tries on, with pauses. The same thread puts an
// idle module to the proof. A refused PIN is not tried again.
//
// The module is opened anew after so many session objects, too: SoftHSM 2.6.1 keeps about 243 bytes
// of each until C_Finalize.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "libs/pkcs11/module.h"
#include "services/crypto/hsm/hsm_metrics.h"
#include "services/crypto/hsm/hsm_probe.h"
#include "services/crypto/hsm/hsm_session.h"
#include "services/crypto/hsm/token_login.h"

namespace signet::crypto {

struct HsmOptions {
  TokenOptions token;
  uint32_t bdk_id = 0;
  size_t sessions = 1;                    // one for each thread
  size_t cached_keys = 16384;             // of transactions, over all sessions
  uint64_t objects_per_session = 200000;  // then the module is opened anew: about 50 MB each
  // Between attempts to open the module anew.
  std::chrono::milliseconds reopen_pause{1000};
  // A module that has done nothing for this long is put to the proof.
  std::chrono::milliseconds proof_interval{5000};
};

// Every operation names its thread: sessions are never shared. Thread-safe.
class ServerHsm {
 public:
  // Errors carry an exit code: missing library, token, key or mechanism 8, wrong PIN 4. A module in
  // trouble is UNAVAILABLE: it may come back.
  static absl::StatusOr<std::unique_ptr<ServerHsm>> Open(const HsmOptions& options,
                                                         HsmMetrics& metrics);
  ~ServerHsm();

  // As HsmSession's; besides, UNAVAILABLE while the module cannot be used, and INTERNAL where it
  // refuses this operation though it does known work.
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

  // Whether the module has done its work of late. Only looks, never waits.
  absl::Status Ready() const;
  const std::string& receipt_public_der() const { return receipt_public_der_; }
  const std::string& device_ca_public_der() const { return device_ca_public_der_; }

 private:
  using Clock = std::chrono::steady_clock;

  // All that lives from C_Initialize to C_Finalize. Destroyed in reverse: sessions before module.
  struct Instance {
    Instance(pkcs11::Module loaded, pkcs11::Slot found)
        : module(std::move(loaded)), slot(std::move(found)) {}
    pkcs11::Module module;
    pkcs11::Slot slot;
    ServerKeys keys;
    std::unique_ptr<HsmProbe> probe;
    std::vector<std::unique_ptr<HsmSession>> sessions;  // each used by its thread alone
  };
  enum class InSession { kAsItIs, kNew };

  ServerHsm(const HsmOptions& options, HsmMetrics& metrics)
      : options_(options), metrics_(metrics) {}
  static absl::StatusOr<std::unique_ptr<Instance>> OpenInstance(const HsmOptions& options,
                                                                pkcs11::Module module);
  static absl::StatusOr<std::unique_ptr<HsmSession>> OpenSession(const HsmOptions& options,
                                                                 const Instance& instance);
  // Runs the operation in the thread's session and records it, with all that this object does about
  // a module in trouble. No operation changes the token: each may be done again.
  template <typename Fn>
  auto Run(HsmOperation operation, size_t thread, const Fn& fn);
  struct Ran {
    uint64_t generation = 0;
    bool worn = false;  // the session has made too many objects
  };
  template <typename Fn>
  auto RunOnce(size_t thread, InSession session, Ran& ran, const Fn& fn);
  // Whether the operation may be tried again: the module has been opened anew.
  bool Recover(uint64_t generation, const absl::Status& cause) ABSL_LOCKS_EXCLUDED(mutex_);
  // Once for each generation. cause: OK where it is only to free the module's memory.
  void Reopen(uint64_t generation, const absl::Status& cause) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::unique_ptr<Instance>> OpenAnew(bool keep_module)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckSameKeys(const ServerKeys& keys) const;

  // The thread that tries on, and puts an idle module to the proof.
  void Watch();
  void Look();

  void Worked();
  void Failed();

  const HsmOptions options_;
  HsmMetrics& metrics_;
  std::string receipt_public_der_;
  std::string device_ca_public_der_;
  // Shared by operations; held alone while the module is opened anew: nobody is inside the module
  // when it is finalized.
  mutable absl::Mutex mutex_;
  std::unique_ptr<Instance> instance_ ABSL_GUARDED_BY(mutex_);
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;
  Clock::time_point next_attempt_ ABSL_GUARDED_BY(mutex_);
  bool pin_refused_ ABSL_GUARDED_BY(mutex_) = false;  // until the service is started again

  std::atomic<bool> up_{false};
  std::atomic<Clock::rep> last_work_{0};  // since the clock's epoch
  absl::Notification ending_;
  std::thread watch_;  // last: uses all of the above
};

}  // namespace signet::crypto
