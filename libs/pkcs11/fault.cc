#include "libs/pkcs11/fault.h"

#include <array>

namespace signet::pkcs11 {
namespace {

constexpr char kFaultPayload[] = "signet.pkcs11.fault";

constexpr std::array kFaults = {Fault::kMessage,  Fault::kPin,  Fault::kLogin, Fault::kSession,
                                Fault::kResource, Fault::kCall, Fault::kModule};

}  // namespace

const char* FaultName(Fault fault) {
  switch (fault) {
    case Fault::kNone:
      return "none";
    case Fault::kMessage:
      return "message";
    case Fault::kPin:
      return "pin";
    case Fault::kLogin:
      return "login";
    case Fault::kSession:
      return "session";
    case Fault::kResource:
      return "resource";
    case Fault::kCall:
      return "call";
    case Fault::kModule:
      break;
  }
  return "module";
}

Fault FaultOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kFaultPayload);
  if (!payload.has_value()) return Fault::kNone;
  for (const Fault fault : kFaults) {
    if (*payload == FaultName(fault)) return fault;
  }
  return Fault::kModule;
}

absl::Status WithFault(absl::Status status, Fault fault) {
  status.SetPayload(kFaultPayload, absl::Cord(FaultName(fault)));
  return status;
}

bool IsModuleTrouble(const absl::Status& status) {
  const Fault fault = FaultOf(status);
  return fault != Fault::kNone && fault != Fault::kMessage && fault != Fault::kPin;
}

}  // namespace signet::pkcs11
