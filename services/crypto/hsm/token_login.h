// The way into the token: module, token by its label, PIN from a file. Each error is one line that
// names the remedy and carries the program's exit code.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"
#include "libs/pkcs11/module.h"
#include "libs/pkcs11/session.h"

namespace signet::crypto {

struct TokenOptions {
  std::string library_path;  // the vendor's PKCS#11 library
  std::string parameters;    // for its C_Initialize, where it takes any
  std::string token_label;
  std::string pin_file;
};

// The file's first line. NOT_FOUND, INVALID_ARGUMENT (empty).
absl::StatusOr<Secret> ReadPinFile(const std::string& path);

// Exit code 8 where the library is missing or is no PKCS#11 module.
absl::StatusOr<pkcs11::Module> LoadModule(const TokenOptions& options);
// Exit code 8, remedy `signet-crypto init`, where no such token exists or mechanisms are missing.
absl::StatusOr<pkcs11::Slot> FindServerToken(const pkcs11::Module& module,
                                             const std::string& token_label);
// Exit code 4 where the PIN is wrong.
absl::StatusOr<std::unique_ptr<pkcs11::Session>> OpenAndLogin(const pkcs11::Slot& slot,
                                                              const TokenOptions& options);

}  // namespace signet::crypto
