#include "tests/support/software_registers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/openssl/aes.h"

namespace signet::testing {

using dukpt::KeyUsage;

absl::StatusOr<std::vector<uint32_t>> SoftwareRegisters::Live() {
  std::vector<uint32_t> live;
  live.reserve(registers_.size());
  for (const auto& [counter, key] : registers_) live.push_back(counter);
  return live;
}

absl::Status SoftwareRegisters::DeriveFromInitialKey(uint32_t register_counter) {
  SIGNET_ASSIGN_OR_RETURN(registers_[register_counter],
                          Derive(initial_key_, KeyUsage::kKeyDerivation, register_counter));
  return absl::OkStatus();
}

absl::Status SoftwareRegisters::DeriveFromRegister(uint32_t from, uint32_t register_counter) {
  SIGNET_ASSIGN_OR_RETURN(const Secret parent, Register(from));
  SIGNET_ASSIGN_OR_RETURN(registers_[register_counter],
                          Derive(parent, KeyUsage::kKeyDerivation, register_counter));
  return absl::OkStatus();
}

absl::Status SoftwareRegisters::DeriveWorkingKeys(uint32_t counter) {
  SIGNET_ASSIGN_OR_RETURN(const Secret parent, Register(counter));
  WorkingKeys keys;
  SIGNET_ASSIGN_OR_RETURN(keys.request, Derive(parent, KeyUsage::kDataEncryption, counter));
  SIGNET_ASSIGN_OR_RETURN(keys.response, Derive(parent, KeyUsage::kDataDecryption, counter));
  working_keys_[counter] = std::move(keys);
  return absl::OkStatus();
}

absl::Status SoftwareRegisters::Destroy(uint32_t register_counter) {
  if (registers_.erase(register_counter) == 0) {
    return absl::NotFoundError(absl::StrCat("no register ", absl::Hex(register_counter)));
  }
  return absl::OkStatus();
}

absl::StatusOr<SoftwareRegisters::WorkingKeys> SoftwareRegisters::TakeWorkingKeys(
    uint32_t counter) {
  auto node = working_keys_.extract(counter);
  if (node.empty()) {
    return absl::NotFoundError(absl::StrCat("no working keys of counter ", absl::Hex(counter)));
  }
  return std::move(node.mapped());
}

absl::StatusOr<Secret> SoftwareRegisters::Register(uint32_t register_counter) const {
  const auto found = registers_.find(register_counter);
  if (found == registers_.end()) {
    return absl::NotFoundError(absl::StrCat("no register ", absl::Hex(register_counter)));
  }
  return found->second;
}

absl::StatusOr<Secret> SoftwareRegisters::Derive(const Secret& parent, KeyUsage usage,
                                                 uint32_t counter) const {
  SIGNET_ASSIGN_OR_RETURN(
      const Secret blocks,
      openssl::AesEcbEncrypt(parent, dukpt::DerivationData(usage, type_, device_id_, counter)));
  return Secret(blocks.reveal().substr(0, dukpt::KeyBytes(type_)));
}

}  // namespace signet::testing
