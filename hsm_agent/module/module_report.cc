#include "hsm_agent/module/module_report.h"

#include <string>
#include <vector>

#include "libs/base/hex.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"

namespace signet::hsm_agent {
namespace {

using device::v1::DescribeModuleResponse;
using device::v1::ModuleKey;

void AddAttribute(ModuleKey& out, bool value, const char* when_true, const char* when_false) {
  const char* const text = value ? when_true : when_false;
  if (*text != '\0') out.add_attributes(text);
}

ModuleKey ToProto(const pkcs11::KeyDescription& key) {
  ModuleKey out;
  out.set_object_class(key.object_class);
  out.set_key_type(key.key_type);
  out.set_label(key.label);
  out.set_id_hex(ToHex(key.id));
  AddAttribute(out, key.on_token, "token", "session");
  AddAttribute(out, key.is_private, "private", "public");
  if (key.object_class != "public") {
    AddAttribute(out, key.sensitive, "sensitive", "not sensitive");
    AddAttribute(out, key.extractable, "extractable", "not extractable");
    AddAttribute(out, key.never_extractable, "never extractable", "");
    AddAttribute(out, key.local, "made in the module", "");
  }
  AddAttribute(out, key.modifiable, "modifiable", "not modifiable");
  AddAttribute(out, key.copyable, "copyable", "not copyable");
  AddAttribute(out, key.always_authenticate, "PIN at each use", "");
  for (const pkcs11::Usage usage : key.usages) out.add_usages(pkcs11::UsageName(usage));
  for (const pkcs11::Mechanism mechanism : key.allowed_mechanisms) {
    out.add_allowed_mechanisms(pkcs11::MechanismName(mechanism));
  }
  return out;
}

absl::Status AddKeys(pkcs11::Session& session, DescribeModuleResponse& response) {
  for (const char* object_class : {"private", "secret", "public"}) {
    pkcs11::ObjectFilter filter;
    filter.object_class = object_class;
    SIGNET_ASSIGN_OR_RETURN(const std::vector<pkcs11::ObjectHandle> found, session.Find(filter));
    for (const pkcs11::ObjectHandle object : found) {
      SIGNET_ASSIGN_OR_RETURN(const pkcs11::KeyDescription key, session.Describe(object));
      *response.add_keys() = ToProto(key);
    }
  }
  return absl::OkStatus();
}

absl::Status AddToken(const pkcs11::Slot& slot, uint32_t pin_tries,
                      DescribeModuleResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::TokenInfo info, slot.Info());
  response.set_manufacturer(info.manufacturer);
  response.set_model(info.model);
  response.set_serial(info.serial);
  response.set_firmware(info.firmware);
  response.set_label(info.label);
  response.set_library(info.library);
  response.set_pin_tries_left(info.pin.TriesLeft(pin_tries));
  for (const std::string& note : info.pin.Notes()) response.add_pin_notes(note);
  for (const pkcs11::Mechanism mechanism : NeededMechanisms()) {
    SIGNET_ASSIGN_OR_RETURN(const bool supported, slot.Supports(mechanism));
    if (supported) response.add_mechanisms(pkcs11::MechanismName(mechanism));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DescribeModuleResponse> DescribeModule(DeviceModule& module, const StateFile& state,
                                                      const PinGate& gate) {
  DescribeModuleResponse response;
  SIGNET_RETURN_IF_ERROR(module.Prove());
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::Slot slot, module.slot());
  SIGNET_RETURN_IF_ERROR(AddToken(slot, gate.TriesLeft(), response));
  response.set_logged_in(module.unlocked());
  response.set_enrolled(state.state().has_enrollment());
  if (response.enrolled()) {
    response.set_device_id(FormatDeviceId(state.state().enrollment().device_id()));
  }
  if (!module.unlocked()) return response;
  if (response.enrolled()) {
    SIGNET_ASSIGN_OR_RETURN(KeyRing* const keys, module.Keys());
    const absl::StatusOr<uint32_t> next = keys->NextCounter();
    if (next.ok()) response.set_next_counter(*next);
  }
  SIGNET_RETURN_IF_ERROR(AddKeys(module.session(), response));
  return response;
}

}  // namespace signet::hsm_agent
