// The token of the device in its module, opened when it is needed: a module in trouble is closed
// (C_Finalize), and opened anew by the next use. Used by the agent's one module thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/pkcs11/module.h"

namespace signet::hsm_agent {

// Every mechanism that Signet uses on a device.
std::vector<pkcs11::Mechanism> NeededMechanisms();

class DeviceToken {
 public:
  // Errors name the remedy: no such module or token, a mechanism that is missing.
  static absl::StatusOr<DeviceToken> Open(std::string library_path, std::string label);

  // Opens what was closed; errors as Open's.
  absl::StatusOr<pkcs11::Slot> Slot();
  // Nobody may be inside the module: sessions must be closed.
  void Close() { slot_.reset(); }

 private:
  DeviceToken(std::string library_path, std::string label)
      : library_path_(std::move(library_path)), label_(std::move(label)) {}

  std::string library_path_;
  std::string label_;
  std::optional<pkcs11::Slot> slot_;  // keeps the module initialized
};

}  // namespace signet::hsm_agent
