// The hardware module as the agent's parts use it: locked until an operation needs it, unlocked by
// the PIN, its keys found once. Used by the agent's one module thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "hsm_agent/module/device_token.h"
#include "hsm_agent/module/key_ring.h"
#include "hsm_agent/pin/pin_gate.h"
#include "hsm_agent/state_file.h"
#include "libs/pkcs11/session.h"

namespace signet::hsm_agent {

class DeviceModule {
 public:
  // state and gate must outlive this.
  DeviceModule(DeviceToken token, StateFile& state, PinGate& gate)
      : token_(std::move(token)), state_(state), gate_(gate) {}
  ~DeviceModule() { Lock(); }
  DeviceModule(const DeviceModule&) = delete;
  DeviceModule& operator=(const DeviceModule&) = delete;

  bool unlocked() const { return session_ != nullptr; }
  // Asks for the PIN where the module is locked.
  absl::Status Unlock(const PinReason& reason);
  // Asks for the PIN in any case, unlocks where needed, then calls use with the PIN. use returns
  // UNAUTHENTICATED only for a wrong PIN.
  absl::StatusOr<Secret> UseWithPin(const PinReason& reason,
                                    const std::function<absl::Status(const Secret&)>& use);
  // Logs out and closes the session: session objects are gone.
  void Lock();
  // For a module in trouble: locks it and finalizes the library. The next use opens it anew, with
  // another session and another login.
  void Close();
  // Work that needs no PIN, done now. The error is the module's.
  absl::Status Prove();
  // Changes with each Lock: session objects of another epoch are gone.
  uint64_t epoch() const { return epoch_; }

  // While unlocked.
  pkcs11::Session& session() { return *session_; }
  // While unlocked and enrolled.
  absl::StatusOr<KeyRing*> Keys();
  // Null where they have not been needed yet.
  KeyRing* KeysIfLoaded() { return keys_.get(); }
  // After enrollment changed them.
  void ForgetKeys() { keys_.reset(); }

  absl::StatusOr<pkcs11::Slot> slot() { return token_.Slot(); }

 private:
  absl::Status LogIn(const Secret& pin);
  // The smaller of ours and the token's.
  uint32_t TriesLeft(uint32_t ours);

  DeviceToken token_;
  StateFile& state_;
  PinGate& gate_;
  std::unique_ptr<pkcs11::Session> session_;
  std::unique_ptr<KeyRing> keys_;
  uint64_t epoch_ = 0;
};

}  // namespace signet::hsm_agent
