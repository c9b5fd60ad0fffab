#include "hsm_agent/token_setup.h"

#include "absl/strings/str_cat.h"
#include "hsm_agent/agent_folder.h"
#include "hsm_agent/module/device_token.h"
#include "hsm_agent/pin/pin_file.h"
#include "hsm_agent/pin/pin_gate.h"
#include "hsm_agent/state_file.h"
#include "libs/base/secret.h"
#include "libs/base/status.h"
#include "libs/pkcs11/module.h"
#include "libs/program/program.h"
#include "libs/program/standard_streams.h"

namespace signet::hsm_agent {
namespace {

constexpr size_t kMinNewPinBytes = 4;
constexpr size_t kMaxNewPinBytes = 12;

absl::StatusOr<Secret> ReadNewPin(const std::string& path) {
  SIGNET_ASSIGN_OR_RETURN(Secret pin, ReadPinFile(path));
  if (pin.size() < kMinNewPinBytes || pin.size() > kMaxNewPinBytes) {
    return serving::WithExitCode(
        absl::InvalidArgumentError(absl::StrCat("the PIN in ", path, " must have ", kMinNewPinBytes,
                                                " to ", kMaxNewPinBytes, " characters")),
        serving::ExitCode::kUsage);
  }
  return pin;
}

absl::Status Initialize(const Options& options) {
  SIGNET_ASSIGN_OR_RETURN(const Secret pin, ReadNewPin(options.pin_file));
  SIGNET_ASSIGN_OR_RETURN(const Secret so_pin, ReadPinFile(options.so_pin_file));
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::Module module, pkcs11::Module::Load(options.module_path));
  const absl::StatusOr<pkcs11::Slot> found = module.FindToken(options.token_label);
  if (found.ok()) {
    return serving::TellDone({"token " + options.token_label + " is initialized already"});
  }
  if (!absl::IsNotFound(found.status())) return found.status();
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::Slot empty, module.FindEmptySlot());
  SIGNET_RETURN_IF_ERROR(empty.Initialize(options.token_label, so_pin, pin, NeededMechanisms()));
  return serving::TellDone({"token " + options.token_label + " is ready"});
}

absl::Status Unblock(const Options& options, StateFile& state) {
  SIGNET_ASSIGN_OR_RETURN(const Secret so_pin, ReadPinFile(options.so_pin_file));
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::Module module, pkcs11::Module::Load(options.module_path));
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::Slot slot, module.FindToken(options.token_label));
  const absl::Status verified = slot.VerifySecurityOfficerPin(so_pin);
  if (absl::IsUnauthenticated(verified)) {
    return serving::WithExitCode(
        absl::UnauthenticatedError("that is not the security officer's PIN of this token"),
        serving::ExitCode::kAuthentication);
  }
  SIGNET_RETURN_IF_ERROR(verified);
  SIGNET_RETURN_IF_ERROR(
      state.Update([](device::v1::AgentState& next) { next.set_pin_failures(0); }));
  return serving::TellDone(
      {absl::StrCat("the PIN may be tried again, ", kMaxPinFailures, " times")});
}

absl::Status OfModule(const absl::Status& status) {
  if (status.ok() || serving::ExitCodeOf(status) != serving::ExitCode::kInternal) return status;
  return serving::WithExitCode(status, serving::ExitCode::kHardwareModule);
}

}  // namespace

absl::Status InitializeToken(const Options& options) {
  SIGNET_RETURN_IF_ERROR(MakeAgentFolder(options.state_dir));
  return OfModule(Initialize(options));
}

absl::Status UnblockPin(const Options& options) {
  SIGNET_RETURN_IF_ERROR(MakeAgentFolder(options.state_dir));
  SIGNET_ASSIGN_OR_RETURN(const FolderLock lock, LockAgentFolder(options.state_dir));
  SIGNET_ASSIGN_OR_RETURN(StateFile state, StateFile::Open(options.state_dir));
  return OfModule(Unblock(options, state));
}

absl::Status CheckInitialize(const Options& options) {
  SIGNET_RETURN_IF_ERROR(ReadNewPin(options.pin_file).status());
  return CheckUnblock(options);
}

absl::Status CheckUnblock(const Options& options) {
  SIGNET_RETURN_IF_ERROR(ReadPinFile(options.so_pin_file).status());
  return pkcs11::Module::Check(options.module_path);
}

}  // namespace signet::hsm_agent
