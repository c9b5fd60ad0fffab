#include "hsm_agent/module/device_module.h"

#include <utility>

#include "libs/base/status.h"

namespace signet::hsm_agent {

absl::Status DeviceModule::LogIn(const Secret& pin) {
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::Slot slot, token_.Slot());
  SIGNET_ASSIGN_OR_RETURN(std::unique_ptr<pkcs11::Session> session, pkcs11::Session::Open(slot));
  // A login that is already there would leave the PIN untried.
  SIGNET_ASSIGN_OR_RETURN(const bool logged_in, session->IsLoggedIn());
  if (logged_in) SIGNET_RETURN_IF_ERROR(session->Logout());
  SIGNET_RETURN_IF_ERROR(session->Login(pin));
  session_ = std::move(session);
  return absl::OkStatus();
}

absl::Status DeviceModule::Unlock(const PinReason& reason) {
  if (unlocked()) return absl::OkStatus();
  return UseWithPin(reason, [](const Secret&) { return absl::OkStatus(); }).status();
}

absl::StatusOr<Secret> DeviceModule::UseWithPin(
    const PinReason& reason, const std::function<absl::Status(const Secret&)>& use) {
  return gate_.Ask(
      reason,
      [&](const Secret& pin) {
        if (!unlocked()) SIGNET_RETURN_IF_ERROR(LogIn(pin));
        return use(pin);
      },
      [this](uint32_t ours) { return TriesLeft(ours); });
}

uint32_t DeviceModule::TriesLeft(uint32_t ours) {
  const absl::StatusOr<pkcs11::Slot> slot = token_.Slot();
  if (!slot.ok()) return ours;  // the login will say what is wrong
  const absl::StatusOr<pkcs11::TokenInfo> info = slot->Info();
  return info.ok() ? info->pin.TriesLeft(ours) : ours;
}

void DeviceModule::Lock() {
  keys_.reset();
  if (session_ == nullptr) return;
  session_->Logout().IgnoreError();
  session_.reset();
  ++epoch_;
}

void DeviceModule::Close() {
  Lock();
  token_.Close();
}

absl::Status DeviceModule::Prove() {
  constexpr size_t kRandomBytes = 16;
  if (unlocked()) return session_->Random(kRandomBytes).status();
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::Slot slot, token_.Slot());
  SIGNET_ASSIGN_OR_RETURN(const std::unique_ptr<pkcs11::Session> session,
                          pkcs11::Session::Open(slot));
  return session->Random(kRandomBytes).status();
}

absl::StatusOr<KeyRing*> DeviceModule::Keys() {
  if (!unlocked()) return absl::InternalError("the module is locked");
  if (!state_.state().has_enrollment()) {
    return absl::FailedPreconditionError("this device is not enrolled; run `signet enroll`");
  }
  if (keys_ == nullptr) {
    SIGNET_ASSIGN_OR_RETURN(keys_, KeyRing::Load(*session_, state_.state()));
  }
  return keys_.get();
}

}  // namespace signet::hsm_agent
