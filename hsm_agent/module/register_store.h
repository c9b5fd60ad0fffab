// DUKPT registers as token objects of the module (libs/dukpt/device_registers.h says how they
// describe themselves). Handles are kept after one scan: a search is slow where there are many.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/dukpt/derivation.h"
#include "libs/dukpt/device_registers.h"
#include "libs/dukpt/key_serial_number.h"
#include "libs/pkcs11/session.h"

namespace signet::hsm_agent {

struct WorkingKeys {
  uint32_t counter = 0;
  pkcs11::ObjectHandle request = 0;   // usage 3000, seals what the device sends
  pkcs11::ObjectHandle response = 0;  // usage 3001, opens what the host answers
};

// Where working keys are made: for a payment on the token, for a query in the session.
enum class WorkingKeyHome { kToken, kSession };

class ModuleRegisterStore final : public dukpt::RegisterStore {
 public:
  // session must outlive this. FAILED_PRECONDITION where the token holds another device's register.
  static absl::StatusOr<std::unique_ptr<ModuleRegisterStore>> Scan(pkcs11::Session& session,
                                                                   uint32_t bdk_id,
                                                                   uint32_t device_id);

  absl::StatusOr<std::vector<uint32_t>> Live() override;
  absl::Status DeriveFromInitialKey(uint32_t register_counter) override;
  absl::Status DeriveFromRegister(uint32_t from, uint32_t register_counter) override;
  absl::Status DeriveWorkingKeys(uint32_t counter) override;
  absl::Status Destroy(uint32_t register_counter) override;

  // For DeriveFromInitialKey; 0 once it is destroyed.
  void SetInitialKey(pkcs11::ObjectHandle initial_key) { initial_key_ = initial_key; }
  // For the DeriveWorkingKeys that follows.
  void SetWorkingKeyHome(WorkingKeyHome home) { home_ = home; }
  // What DeriveWorkingKeys made last.
  const WorkingKeys& working_keys() const { return working_keys_; }

  dukpt::KeySerialNumber Ksn(uint32_t counter) const { return {bdk_id_, device_id_, counter}; }

 private:
  ModuleRegisterStore(pkcs11::Session& session, uint32_t bdk_id, uint32_t device_id)
      : session_(session), bdk_id_(bdk_id), device_id_(device_id) {}

  absl::Status Add(pkcs11::ObjectHandle object);
  absl::StatusOr<pkcs11::ObjectHandle> Register(uint32_t register_counter) const;
  absl::Status DeriveRegister(pkcs11::ObjectHandle base, uint32_t register_counter);
  absl::StatusOr<pkcs11::ObjectHandle> Derive(pkcs11::ObjectHandle base, dukpt::KeyUsage usage,
                                              uint32_t counter, const pkcs11::KeyPolicy& policy);

  pkcs11::Session& session_;
  uint32_t bdk_id_;
  uint32_t device_id_;
  std::map<uint32_t, pkcs11::ObjectHandle> registers_;
  pkcs11::ObjectHandle initial_key_ = 0;
  WorkingKeyHome home_ = WorkingKeyHome::kSession;
  WorkingKeys working_keys_;
};

}  // namespace signet::hsm_agent
