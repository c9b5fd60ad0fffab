// Internal: what a CK_RV means here. PKCS#11 v2.40, 5.1.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "libs/pkcs11/cryptoki.h"
#include "libs/pkcs11/fault.h"

namespace signet::pkcs11 {

// "CKR_PIN_INCORRECT"; "CKR_0x80000001" for one without a name here.
std::string CkrName(CK_RV rv);

// Whose fault it is when that function returns that code: some codes mean the message, the key or
// the PIN that the function was given, and something else from a function that is given none.
Fault Classify(CK_RV rv, std::string_view function);

// OK for CKR_OK; else "<function>: <CKR name>: <what it means and the remedy>", with its fault.
absl::Status Check(CK_RV rv, const char* function);

// A call that succeeded with a result that cannot be: the module's trouble.
absl::Status Broken(const char* function, const char* what);

// The one answer to a tag or signature that does not fit, whatever the cause.
absl::Status Refused();

}  // namespace signet::pkcs11
