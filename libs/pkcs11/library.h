// Internal: loading a PKCS#11 library and counting who uses it.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/pkcs11/cryptoki.h"

namespace signet::pkcs11 {

// Initialized with CKF_OS_LOCKING_OK. Each call gives a state of its own; the library is
// initialized by the first in the process and finalized by the end of the last. parameters: as
// Module::Load's. Thread-safe.
absl::StatusOr<std::shared_ptr<ModuleState>> OpenLibrary(const std::string& path,
                                                         const std::string& parameters);

// The function list, not initialized. Errors as Module::Load's.
absl::StatusOr<CK_FUNCTION_LIST*> LoadFunctions(const std::string& path);

}  // namespace signet::pkcs11
