// Work whose outcome is known, done in a session of its own: it tells a module in trouble from a
// message that does not fit, and is what readiness rests on. Nothing that it makes is released.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "libs/pkcs11/session.h"
#include "services/crypto/hsm/hsm_session.h"
#include "services/crypto/hsm/server_keys.h"

namespace signet::crypto {

// Thread-safe.
class HsmProbe {
 public:
  // keys must outlive this.
  HsmProbe(std::unique_ptr<pkcs11::Session> session, const ServerKeys& keys)
      : session_(*session), keys_(keys), work_(std::move(session), keys, 1) {}

  // Derives, encrypts, decrypts and signs, as a payment needs it. The error is the module's.
  absl::Status ProvePayments() ABSL_LOCKS_EXCLUDED(mutex_);
  // … and as an enrollment does: every operation of the service.
  absl::Status ProveAll() ABSL_LOCKS_EXCLUDED(mutex_);
  uint64_t objects_made() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Status Payments() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Enrollments() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  pkcs11::Session& session_ ABSL_GUARDED_BY(mutex_);  // work_'s
  const ServerKeys& keys_;
  HsmSession work_ ABSL_GUARDED_BY(mutex_);
  uint64_t objects_made_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace signet::crypto
