// DUKPT registers in memory, derived in software: for tests and for devices made of software.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"
#include "libs/dukpt/derivation.h"
#include "libs/dukpt/device_registers.h"

namespace signet::testing {

class SoftwareRegisters final : public dukpt::RegisterStore {
 public:
  struct WorkingKeys {
    Secret request;   // usage 3000, device to host
    Secret response;  // usage 3001, host to device
  };

  SoftwareRegisters(Secret initial_key, dukpt::KeyType type, uint32_t device_id)
      : initial_key_(std::move(initial_key)), type_(type), device_id_(device_id) {}

  absl::StatusOr<std::vector<uint32_t>> Live() override;
  absl::Status DeriveFromInitialKey(uint32_t register_counter) override;
  absl::Status DeriveFromRegister(uint32_t from, uint32_t register_counter) override;
  absl::Status DeriveWorkingKeys(uint32_t counter) override;
  absl::Status Destroy(uint32_t register_counter) override;

  // The keys that DeriveWorkingKeys made, once. NOT_FOUND.
  absl::StatusOr<WorkingKeys> TakeWorkingKeys(uint32_t counter);
  // A register's key. NOT_FOUND.
  absl::StatusOr<Secret> Register(uint32_t register_counter) const;

 private:
  absl::StatusOr<Secret> Derive(const Secret& parent, dukpt::KeyUsage usage,
                                uint32_t counter) const;

  Secret initial_key_;
  dukpt::KeyType type_;
  uint32_t device_id_;
  std::map<uint32_t, Secret> registers_;
  std::map<uint32_t, WorkingKeys> working_keys_;
};

}  // namespace signet::testing
