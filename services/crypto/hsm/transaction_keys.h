// The keys of transactions, derived in the HSM from the BDK (ANSI X9.24-3-2017, 6.4), as session
// objects of one session. What a device's next message needs is kept: the intermediate keys on the
// way to its counter, of which consecutive counters share all but the last, and the working keys of
// the exchange that is open. So a payment costs three derivations, whatever its counter.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/dukpt/derivation.h"
#include "libs/dukpt/key_serial_number.h"
#include "libs/pkcs11/session.h"
#include "services/crypto/hsm/server_keys.h"

namespace signet::crypto {

// Used by the session's thread.
class TransactionKeys {
 public:
  // capacity: keys that are kept, of the devices used last; the keys of the last one always are.
  TransactionKeys(pkcs11::Session& session, const ServerKeys& keys, size_t capacity)
      : session_(session), keys_(keys), capacity_(capacity) {}

  // Device to host (usage 3000), to decrypt with. Valid until the next call of this object.
  absl::StatusOr<pkcs11::ObjectHandle> Request(const dukpt::KeySerialNumber& ksn);
  // Host to device (usage 3001), to encrypt with.
  absl::StatusOr<pkcs11::ObjectHandle> Response(const dukpt::KeySerialNumber& ksn);
  // The exchange has ended: its working keys are destroyed.
  void EndExchange(const dukpt::KeySerialNumber& ksn);

  // Session objects made so far.
  uint64_t objects_made() const { return objects_made_; }

 private:
  struct Step {
    uint32_t counter = 0;  // 0: the initial key
    pkcs11::ScopedObject key;
  };
  struct Device {
    uint32_t id = 0;
    std::vector<Step> path;  // to the counter of the last step
    uint32_t working_counter = 0;
    pkcs11::ScopedObject request, response;  // of working_counter; 0: not derived

    size_t keys() const {
      return path.size() + (request.get() != 0 ? 1 : 0) + (response.get() != 0 ? 1 : 0);
    }
  };

  absl::StatusOr<pkcs11::ScopedObject> Derive(pkcs11::ObjectHandle base, const std::string& data,
                                              const pkcs11::KeyPolicy& policy);
  Device& Find(uint32_t device_id);
  // Forgets the devices used longest ago, but never the last one used.
  void MakeRoom();
  // Makes the device's path lead to the counter.
  absl::Status WalkTo(Device& device, const dukpt::KeySerialNumber& ksn);
  absl::StatusOr<pkcs11::ObjectHandle> WorkingKey(const dukpt::KeySerialNumber& ksn,
                                                  pkcs11::ScopedObject Device::*key,
                                                  dukpt::KeyUsage usage,
                                                  pkcs11::Usage module_usage);

  pkcs11::Session& session_;
  const ServerKeys& keys_;
  const size_t capacity_;
  std::list<Device> by_use_;  // used last stands first
  std::unordered_map<uint32_t, std::list<Device>::iterator> by_id_;
  size_t kept_ = 0;  // keys of all devices in by_use_
  uint64_t objects_made_ = 0;
};

}  // namespace signet::crypto
