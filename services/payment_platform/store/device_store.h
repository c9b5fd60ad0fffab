// Devices, as operators and the crypto service see them. Every operator's change writes its audit
// row in the same transaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/payment_platform/domain/device.h"
#include "services/payment_platform/store/audit.h"
#include "services/payment_platform/store/postgres/database.h"

namespace signet::payment_platform {

struct DeviceRecord {
  Device device;
  std::string account_handle;
  std::string name;
  int64_t created_at_unix_ms = 0;
  int64_t enrolled_at_unix_ms = 0;  // 0 while pending
};

struct NewDevice {
  std::string account_handle;
  std::string name;
  std::string activation_public_key;
  int64_t activation_expires_at_unix_ms = 0;
  int activation_tries = 0;
};

// A pending device and its activation code. NOT_FOUND: no such account. FAILED_PRECONDITION: the
// account is blocked, or the platform's own. ALREADY_EXISTS: the code is another device's.
absl::StatusOr<DeviceRecord> AddDevice(Database& database, const NewDevice& device,
                                       const OperatorStamp& stamp);

// In the order of their IDs, those above after_device_id. account_handle: empty for all; NOT_FOUND.
absl::StatusOr<std::vector<DeviceRecord>> ListDevices(Database& database,
                                                      const std::string& account_handle,
                                                      uint32_t after_device_id, size_t limit);

// NOT_FOUND; FAILED_PRECONDITION where CheckStateMove forbids it. The state it has already: nothing
// is written.
absl::StatusOr<DeviceRecord> SetDeviceState(Database& database, uint32_t device_id,
                                            DeviceState state, const OperatorStamp& stamp);

// DER. NOT_FOUND: no such device, or not enrolled.
absl::StatusOr<std::string> FindDeviceCertificate(Database& database, uint32_t device_id);

}  // namespace signet::payment_platform
