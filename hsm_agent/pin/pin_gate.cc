#include "hsm_agent/pin/pin_gate.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace signet::hsm_agent {
namespace {

using device::v1::AgentState;

absl::Status Blocked() {
  return absl::FailedPreconditionError(
      absl::StrCat("the PIN is blocked after ", kMaxPinFailures,
                   " wrong tries; stop the agent and run `signet-agent unblock` with the security "
                   "officer's PIN"));
}

}  // namespace

uint32_t PinGate::TriesLeft() const {
  return kMaxPinFailures - std::min(kMaxPinFailures, state_.state().pin_failures());
}

absl::Status PinGate::CountFailure() {
  return state_.Update([](AgentState& state) { state.set_pin_failures(state.pin_failures() + 1); });
}

absl::Status PinGate::CountRefused(const Secret& pin) {
  entry_.Refused(pin);
  return CountFailure();
}

absl::Status PinGate::Try(const Secret& pin,
                          const std::function<absl::Status(const Secret&)>& try_pin) {
  const uint32_t before = state_.state().pin_failures();
  SIGNET_RETURN_IF_ERROR(CountFailure());
  const absl::Status tried = try_pin(pin);
  if (absl::IsUnauthenticated(tried)) {
    entry_.Refused(pin);
    return tried;
  }
  // Any other failure says nothing about the PIN.
  const uint32_t after = tried.ok() ? 0 : before;
  SIGNET_RETURN_IF_ERROR(
      state_.Update([after](AgentState& state) { state.set_pin_failures(after); }));
  return tried;
}

absl::StatusOr<Secret> PinGate::Ask(const PinReason& reason,
                                    const std::function<absl::Status(const Secret&)>& try_pin) {
  PinPrompt prompt{reason.description, "", 0, reason.abandoned};
  while (true) {
    prompt.tries_left = TriesLeft();
    if (prompt.tries_left == 0) return Blocked();
    SIGNET_ASSIGN_OR_RETURN(Secret pin, entry_.Ask(prompt));
    if (reason.abandoned && reason.abandoned()) {
      return absl::CancelledError("the caller left while the PIN was being asked for");
    }
    const absl::Status tried = Try(pin, try_pin);
    if (tried.ok()) return pin;
    if (!absl::IsUnauthenticated(tried)) return tried;
    if (TriesLeft() == 0) return Blocked();
    prompt.error = absl::StrCat("Wrong PIN; tries left: ", TriesLeft());
    if (!entry_.asks_a_person()) return absl::UnauthenticatedError(prompt.error);
  }
}

}  // namespace signet::hsm_agent
