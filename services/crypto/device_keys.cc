#include "services/crypto/device_keys.h"

#include <string>

#include "libs/base/status.h"
#include "libs/openssl/p256.h"
#include "libs/rpc/peer_identity.h"

namespace signet::crypto {

absl::StatusOr<DeviceKey> VerifyDeviceCertificate(std::string_view certificate_der,
                                                  const openssl::TrustAnchor& device_ca,
                                                  uint32_t device_id, int64_t now_unix_s) {
  SIGNET_ASSIGN_OR_RETURN(const auto info, device_ca.Verify(certificate_der, now_unix_s));
  rpc::PeerIdentity device;
  device.role = rpc::Role::kDevice;
  device.device_id = device_id;
  if (info.spiffe_id != rpc::SpiffeId(device)) {
    return absl::UnauthenticatedError("the certificate is another device's");
  }
  SIGNET_ASSIGN_OR_RETURN(auto key, openssl::ParseP256PublicKey(info.public_key_spki_der));
  return DeviceKey{std::move(key), info.not_after_unix_s};
}

std::optional<DeviceKey> DeviceKeyCache::Find(uint32_t device_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = by_device_.find(device_id);
  if (found == by_device_.end()) return std::nullopt;
  by_use_.splice(by_use_.begin(), by_use_, found->second);
  return found->second->second;
}

void DeviceKeyCache::Put(uint32_t device_id, DeviceKey key) {
  absl::MutexLock lock(&mutex_);
  if (const auto found = by_device_.find(device_id); found != by_device_.end()) {
    by_use_.erase(found->second);
    by_device_.erase(found);
  }
  by_use_.emplace_front(device_id, std::move(key));
  by_device_[device_id] = by_use_.begin();
  if (by_use_.size() > capacity_) {
    by_device_.erase(by_use_.back().first);
    by_use_.pop_back();
  }
}

}  // namespace signet::crypto
