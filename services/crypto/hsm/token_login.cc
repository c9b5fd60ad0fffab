#include "services/crypto/hsm/token_login.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/program/program.h"
#include "services/crypto/hsm/server_keys.h"

namespace signet::crypto {

using serving::ExitCode;
using serving::WithExitCode;

absl::StatusOr<Secret> ReadPinFile(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return absl::NotFoundError(
        absl::StrCat("cannot read the PIN file ", path, "; name a readable file with --pin-file"));
  }
  std::string line;
  std::getline(file, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the PIN file ", path, " is empty; its first line must be the PIN"));
  }
  return Secret::TakeFrom(line);
}

absl::StatusOr<pkcs11::Module> LoadModule(const TokenOptions& options) {
  auto module = pkcs11::Module::Load(options.library_path, options.parameters);
  if (!module.ok()) return WithExitCode(module.status(), ExitCode::kHardwareModule);
  return module;
}

absl::StatusOr<pkcs11::Slot> FindServerToken(const pkcs11::Module& module,
                                             const std::string& token_label) {
  auto slot = module.FindToken(token_label);
  if (absl::IsNotFound(slot.status())) {
    return WithExitCode(absl::NotFoundError(absl::StrCat(
                            "no initialized token is labelled \"", token_label,
                            "\"; run `signet-crypto init` once, or correct --token-label")),
                        ExitCode::kHardwareModule);
  }
  if (!slot.ok()) return WithExitCode(slot.status(), ExitCode::kHardwareModule);
  if (auto status = slot->RequireMechanisms(MechanismsToRun()); !status.ok()) {
    return WithExitCode(status, ExitCode::kHardwareModule);
  }
  return slot;
}

absl::StatusOr<std::unique_ptr<pkcs11::Session>> OpenAndLogin(const pkcs11::Slot& slot,
                                                              const TokenOptions& options) {
  auto pin = ReadPinFile(options.pin_file);
  if (!pin.ok()) return WithExitCode(pin.status(), ExitCode::kAuthentication);
  auto session = pkcs11::Session::Open(slot);
  if (!session.ok()) return WithExitCode(session.status(), ExitCode::kHardwareModule);
  absl::Status login = (*session)->Login(*pin);
  // A PIN of a length that the token never takes is a wrong one, too.
  if (absl::IsUnauthenticated(login) || absl::IsInvalidArgument(login)) {
    return WithExitCode(absl::UnauthenticatedError(
                            absl::StrCat("token \"", options.token_label, "\" refused the PIN in ",
                                         options.pin_file, "; correct the file")),
                        ExitCode::kAuthentication);
  }
  if (absl::IsPermissionDenied(login)) return WithExitCode(login, ExitCode::kAuthentication);
  if (!login.ok()) return WithExitCode(login, ExitCode::kHardwareModule);
  return session;
}

}  // namespace signet::crypto
