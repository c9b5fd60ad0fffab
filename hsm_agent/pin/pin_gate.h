// The one way to a PIN: counts the tries, durably, before each is made. SoftHSM never locks a PIN
// by itself, and a module that does should not have to.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "hsm_agent/pin/pin_entry.h"
#include "hsm_agent/state_file.h"
#include "libs/base/secret.h"

namespace signet::hsm_agent {

inline constexpr uint32_t kMaxPinFailures = 5;

// Why the PIN is needed, and whether anybody still waits.
struct PinReason {
  std::string description;
  Abandoned abandoned;
};

class PinGate {
 public:
  // Both must outlive this.
  PinGate(StateFile& state, PinEntry& entry) : state_(state), entry_(entry) {}

  // Asks for the PIN and tries it; a person is asked again after a wrong one. try_pin returns
  // UNAUTHENTICATED for a wrong PIN and only for that. Errors: FAILED_PRECONDITION once blocked
  // (five wrong in a row), UNAUTHENTICATED for a wrong PIN with the tries left, what the PIN entry
  // or try_pin gave.
  // token_tries: how many the token leaves of so many of ours; null: as many.
  absl::StatusOr<Secret> Ask(const PinReason& reason,
                             const std::function<absl::Status(const Secret&)>& try_pin,
                             const std::function<uint32_t(uint32_t)>& token_tries = nullptr);
  // A PIN that was right before and is wrong now.
  absl::Status CountRefused(const Secret& pin);
  uint32_t TriesLeft() const;

 private:
  absl::Status CountFailure();
  // One counted try.
  absl::Status Try(const Secret& pin, const std::function<absl::Status(const Secret&)>& try_pin);

  StateFile& state_;
  PinEntry& entry_;
};

}  // namespace signet::hsm_agent
