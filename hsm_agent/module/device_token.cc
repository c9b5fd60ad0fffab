#include "hsm_agent/module/device_token.h"

#include "libs/base/status.h"

namespace signet::hsm_agent {

std::vector<pkcs11::Mechanism> NeededMechanisms() {
  using pkcs11::Mechanism;
  return {Mechanism::kEcKeyPairGen,
          Mechanism::kEcdsa,
          Mechanism::kRsaKeyPairGen,
          Mechanism::kRsaOaep,
          Mechanism::kAesEcbEncryptData,
          Mechanism::kAesGcm,
          Mechanism::kAesCmac};
}

absl::StatusOr<DeviceToken> DeviceToken::Open(std::string library_path, std::string label) {
  DeviceToken token(std::move(library_path), std::move(label));
  SIGNET_RETURN_IF_ERROR(token.Slot().status());
  return token;
}

absl::StatusOr<pkcs11::Slot> DeviceToken::Slot() {
  if (slot_.has_value()) return *slot_;
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::Module module, pkcs11::Module::Load(library_path_));
  absl::StatusOr<pkcs11::Slot> slot = module.FindToken(label_);
  if (!slot.ok()) {
    return Annotate(slot.status(), "`signet-agent init` makes the device's token");
  }
  SIGNET_RETURN_IF_ERROR(slot->RequireMechanisms(NeededMechanisms()));
  slot_ = *std::move(slot);
  return *slot_;
}

}  // namespace signet::hsm_agent
