// Internal: mechanisms as PKCS#11 numbers them.
#pragma once

#include <optional>
#include <string>

#include "libs/pkcs11/cryptoki.h"
#include "libs/pkcs11/key_policy.h"

namespace signet::pkcs11 {

CK_MECHANISM_TYPE ToCk(Mechanism mechanism);
std::optional<Mechanism> FromCk(CK_MECHANISM_TYPE type);
// What a module's C_GetMechanismInfo must offer for it: at least one of these flags.
CK_FLAGS NeededFlags(Mechanism mechanism);
// "CKF_ENCRYPT or CKF_DECRYPT".
std::string FlagNames(CK_FLAGS flags);

}  // namespace signet::pkcs11
