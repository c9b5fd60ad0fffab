#include "hsm_agent/module/register_store.h"

#include "absl/strings/str_cat.h"
#include "hsm_agent/module/token_objects.h"
#include "libs/base/status.h"

namespace signet::hsm_agent {
namespace {

using dukpt::KeyType;
using dukpt::KeyUsage;
using pkcs11::ObjectHandle;

constexpr KeyType kKeyType = KeyType::kAes256;

}  // namespace

absl::StatusOr<std::unique_ptr<ModuleRegisterStore>> ModuleRegisterStore::Scan(
    pkcs11::Session& session, uint32_t bdk_id, uint32_t device_id) {
  std::unique_ptr<ModuleRegisterStore> store(new ModuleRegisterStore(session, bdk_id, device_id));
  pkcs11::ObjectFilter filter;
  filter.label = kRegisterLabel;
  filter.object_class = "secret";
  SIGNET_ASSIGN_OR_RETURN(const std::vector<ObjectHandle> found, session.Find(filter));
  for (const ObjectHandle object : found) SIGNET_RETURN_IF_ERROR(store->Add(object));
  return store;
}

absl::Status ModuleRegisterStore::Add(ObjectHandle object) {
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::KeyDescription key, session_.Describe(object));
  const absl::StatusOr<dukpt::KeySerialNumber> ksn = dukpt::ParseKeySerialNumber(key.id);
  if (!ksn.ok() || ksn->bdk_id != bdk_id_ || ksn->device_id != device_id_) {
    return absl::FailedPreconditionError(
        "the token holds a DUKPT register of another device; it does not belong to this agent's "
        "state. Check --token-label and --state-dir");
  }
  // A crash cannot leave two of one name, but if there are, they are the same key.
  if (!registers_.emplace(ksn->counter, object).second) return session_.Destroy(object);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<uint32_t>> ModuleRegisterStore::Live() {
  std::vector<uint32_t> live;
  live.reserve(registers_.size());
  for (const auto& [counter, object] : registers_) live.push_back(counter);
  return live;
}

absl::StatusOr<ObjectHandle> ModuleRegisterStore::Register(uint32_t register_counter) const {
  const auto found = registers_.find(register_counter);
  if (found == registers_.end()) {
    return absl::InternalError(absl::StrCat("there is no DUKPT register ", register_counter));
  }
  return found->second;
}

absl::StatusOr<ObjectHandle> ModuleRegisterStore::Derive(ObjectHandle base, KeyUsage usage,
                                                         uint32_t counter,
                                                         const pkcs11::KeyPolicy& policy) {
  return session_.DeriveAes(base, dukpt::DerivationData(usage, kKeyType, device_id_, counter),
                            dukpt::KeyBytes(kKeyType), policy);
}

absl::Status ModuleRegisterStore::DeriveRegister(ObjectHandle base, uint32_t register_counter) {
  // Left over from a crash before its parent was spent.
  if (registers_.contains(register_counter)) SIGNET_RETURN_IF_ERROR(Destroy(register_counter));
  SIGNET_ASSIGN_OR_RETURN(const ObjectHandle object,
                          Derive(base, KeyUsage::kKeyDerivation, register_counter,
                                 RegisterPolicy(Ksn(register_counter))));
  registers_.emplace(register_counter, object);
  return absl::OkStatus();
}

absl::Status ModuleRegisterStore::DeriveFromInitialKey(uint32_t register_counter) {
  if (initial_key_ == 0) return absl::InternalError("the initial key is not held");
  return DeriveRegister(initial_key_, register_counter);
}

absl::Status ModuleRegisterStore::DeriveFromRegister(uint32_t from, uint32_t register_counter) {
  SIGNET_ASSIGN_OR_RETURN(const ObjectHandle base, Register(from));
  return DeriveRegister(base, register_counter);
}

absl::Status ModuleRegisterStore::DeriveWorkingKeys(uint32_t counter) {
  SIGNET_ASSIGN_OR_RETURN(const ObjectHandle base, Register(counter));
  const bool on_token = home_ == WorkingKeyHome::kToken;
  working_keys_ = WorkingKeys{};
  SIGNET_ASSIGN_OR_RETURN(
      const ObjectHandle request,
      Derive(base, KeyUsage::kDataEncryption, counter, RequestKeyPolicy(Ksn(counter), on_token)));
  SIGNET_ASSIGN_OR_RETURN(
      const ObjectHandle response,
      Derive(base, KeyUsage::kDataDecryption, counter, ResponseKeyPolicy(Ksn(counter), on_token)));
  working_keys_ = WorkingKeys{counter, request, response};
  return absl::OkStatus();
}

absl::Status ModuleRegisterStore::Destroy(uint32_t register_counter) {
  SIGNET_ASSIGN_OR_RETURN(const ObjectHandle object, Register(register_counter));
  SIGNET_RETURN_IF_ERROR(session_.Destroy(object));
  registers_.erase(register_counter);
  return absl::OkStatus();
}

}  // namespace signet::hsm_agent
