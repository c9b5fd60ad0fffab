// The keys of an enrolled device, as they are in its module, for one login.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "hsm_agent/module/register_store.h"
#include "libs/base/secret.h"
#include "libs/dukpt/key_serial_number.h"
#include "libs/pkcs11/session.h"
#include "signet/device/v1/agent_state.pb.h"

namespace signet::hsm_agent {

class KeyRing {
 public:
  // Finds the keys and puts the token in order after whatever ended the last run: destroys payment
  // keys that belong to no open payment and a transport key that was left over, checks the pinned
  // receipt key against the state, and skips counters that the state has seen released (the token
  // was restored from an older copy). session must outlive this and be logged in.
  static absl::StatusOr<std::unique_ptr<KeyRing>> Load(pkcs11::Session& session,
                                                       const device::v1::AgentState& state);

  absl::StatusOr<uint32_t> NextCounter();
  // Spends the next counter; see dukpt::TakeCounter for what may be released after it.
  absl::StatusOr<WorkingKeys> TakeCounter(WorkingKeyHome home);
  dukpt::KeySerialNumber Ksn(uint32_t counter) const { return registers_->Ksn(counter); }

  // UNAUTHENTICATED: wrong PIN.
  absl::StatusOr<std::string> Sign(std::string_view digest, const Secret& pin);
  // In the module, with the pinned key. UNAUTHENTICATED.
  absl::Status VerifyReceipt(std::string_view digest, std::string_view signature);

  // The open payment's keys. FAILED_PRECONDITION where the module has lost them.
  absl::StatusOr<WorkingKeys> PaymentKeys(uint32_t counter) const;
  // No error where they are gone already.
  absl::Status DestroyPaymentKeys();
  // A query's; no error where they are gone already.
  void DestroySessionKeys(const WorkingKeys& keys);

  pkcs11::Session& session() { return session_; }

 private:
  explicit KeyRing(pkcs11::Session& session) : session_(session) {}

  absl::Status FindPinnedKeys(const device::v1::EnrolledDevice& enrollment);
  absl::Status FindPaymentKeys(std::optional<uint32_t> open_counter);

  pkcs11::Session& session_;
  pkcs11::ObjectHandle signing_key_ = 0;
  pkcs11::ObjectHandle receipt_key_ = 0;
  std::unique_ptr<ModuleRegisterStore> registers_;
  WorkingKeys payment_keys_;  // counter 0: none
};

}  // namespace signet::hsm_agent
