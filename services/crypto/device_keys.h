// The signing keys of devices, parsed from certificates that the device CA issued.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "libs/keys/keys.h"
#include "libs/openssl/certificate.h"

namespace signet::crypto {

struct DeviceKey {
  std::shared_ptr<VerifyingKey> key;  // verifying is thread-safe: it is shared by all requests
  int64_t not_after_unix_s = 0;
};

// UNAUTHENTICATED unless the certificate was issued by the device CA for this very device and is
// valid now. Costs more than a millisecond: the result is worth keeping.
absl::StatusOr<DeviceKey> VerifyDeviceCertificate(std::string_view certificate_der,
                                                  const openssl::TrustAnchor& device_ca,
                                                  uint32_t device_id, int64_t now_unix_s);

// Keeps the keys used last, at most `capacity`. A device's key never changes once enrolled.
// Thread-safe.
class DeviceKeyCache {
 public:
  explicit DeviceKeyCache(size_t capacity) : capacity_(capacity) {}
  std::optional<DeviceKey> Find(uint32_t device_id) ABSL_LOCKS_EXCLUDED(mutex_);
  void Put(uint32_t device_id, DeviceKey key) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Entry = std::pair<uint32_t, DeviceKey>;

  const size_t capacity_;
  absl::Mutex mutex_;
  std::list<Entry> by_use_ ABSL_GUARDED_BY(mutex_);  // used last stands first
  std::unordered_map<uint32_t, std::list<Entry>::iterator> by_device_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::crypto
