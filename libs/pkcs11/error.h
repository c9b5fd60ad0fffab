// Internal: what a CK_RV means here. PKCS#11 v2.40, 5.1.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "libs/pkcs11/cryptoki.h"

namespace signet::pkcs11 {

// "CKR_PIN_INCORRECT"; "CKR_0x80000001" for one without a name here.
std::string CkrName(CK_RV rv);

// OK for CKR_OK; else "<function>: <CKR name>: <what it means and the remedy>".
absl::Status Check(CK_RV rv, const char* function);

// The one answer to a tag or signature that does not fit, whatever the cause.
absl::Status Refused();

}  // namespace signet::pkcs11
