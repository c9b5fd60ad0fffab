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

absl::Status LockedByToken() {
  return absl::FailedPreconditionError(
      "the token has locked its PIN after too many wrong ones; have the security officer unlock it "
      "with the vendor's tool");
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
                                    const std::function<absl::Status(const Secret&)>& try_pin,
                                    const std::function<uint32_t(uint32_t)>& token_tries) {
  const auto left = [&] { return token_tries ? token_tries(TriesLeft()) : TriesLeft(); };
  PinPrompt prompt{reason.description, "", 0, reason.abandoned};
  while (true) {
    prompt.tries_left = left();
    if (prompt.tries_left == 0) return TriesLeft() == 0 ? Blocked() : LockedByToken();
    SIGNET_ASSIGN_OR_RETURN(Secret pin, entry_.Ask(prompt));
    if (reason.abandoned && reason.abandoned()) {
      return absl::CancelledError("the caller left while the PIN was being asked for");
    }
    const absl::Status tried = Try(pin, try_pin);
    if (tried.ok()) return pin;
    if (!absl::IsUnauthenticated(tried)) return tried;
    const uint32_t tries_left = left();
    if (tries_left == 0) return TriesLeft() == 0 ? Blocked() : LockedByToken();
    prompt.error = absl::StrCat("Wrong PIN; tries left: ", tries_left);
    if (!entry_.asks_a_person()) return absl::UnauthenticatedError(prompt.error);
  }
}

}  // namespace signet::hsm_agent
