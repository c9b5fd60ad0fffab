// Whose fault a failed call is, for everybody who has to decide what to do about it. The table of
// every CKR_ code and its fault is in error.cc, and nowhere else.
#pragma once

#include "absl/status/status.h"

namespace signet::pkcs11 {

enum class Fault {
  kNone,      // no call of the module failed
  kMessage,   // what came from outside does not fit: it is refused, and the module is well
  kPin,       // the PIN: it is never tried again by itself, for tokens lock
  kLogin,     // the login is gone, and the private objects with it (PKCS#11 v2.40, 5.6)
  kSession,   // the session or an object of it is gone
  kResource,  // the module has no room left
  kCall,      // a call as Signet always makes it: the token or the module is not as it was
  kModule,    // the module or the token is in trouble, or a code that has no name here
};

const char* FaultName(Fault fault);

// kNone where the status is OK or no call of the module made it.
Fault FaultOf(const absl::Status& status);
absl::Status WithFault(absl::Status status, Fault fault);

// Whether the module opened anew (sessions, login, C_Initialize) may do what failed: every fault
// but the message's and the PIN's.
bool IsModuleTrouble(const absl::Status& status);

}  // namespace signet::pkcs11
