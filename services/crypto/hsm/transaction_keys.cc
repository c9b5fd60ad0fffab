#include "services/crypto/hsm/transaction_keys.h"

#include "absl/cleanup/cleanup.h"
#include "libs/base/status.h"
#include "libs/dukpt/host_walk.h"

namespace signet::crypto {
namespace {

using dukpt::KeySerialNumber;
using dukpt::KeyType;
using dukpt::KeyUsage;
using pkcs11::KeyPolicy;
using pkcs11::Mechanism;
using pkcs11::ObjectHandle;
using pkcs11::ScopedObject;
using pkcs11::Usage;

constexpr KeyType kKeyType = KeyType::kAes256;

const KeyPolicy& OnTheWay() {
  static const auto* const policy = new KeyPolicy{
      .usages = {Usage::kDerive}, .allowed_mechanisms = {Mechanism::kAesEcbEncryptData}};
  return *policy;
}

}  // namespace

absl::StatusOr<ScopedObject> TransactionKeys::Derive(ObjectHandle base, const std::string& data,
                                                     const KeyPolicy& policy) {
  SIGNET_ASSIGN_OR_RETURN(const ObjectHandle handle,
                          session_.DeriveAes(base, data, dukpt::KeyBytes(kKeyType), policy));
  ++objects_made_;
  return ScopedObject(session_, handle);
}

TransactionKeys::Device& TransactionKeys::Find(uint32_t device_id) {
  if (const auto found = by_id_.find(device_id); found != by_id_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return by_use_.front();
  }
  by_use_.emplace_front();
  by_use_.front().id = device_id;
  by_id_[device_id] = by_use_.begin();
  return by_use_.front();
}

void TransactionKeys::MakeRoom() {
  while (kept_ > capacity_ && by_use_.size() > 1) {
    kept_ -= by_use_.back().keys();
    by_id_.erase(by_use_.back().id);
    by_use_.pop_back();
  }
}

absl::Status TransactionKeys::WalkTo(Device& device, const KeySerialNumber& ksn) {
  std::vector<Step>& path = device.path;
  if (path.empty()) {
    SIGNET_ASSIGN_OR_RETURN(
        ScopedObject initial_key,
        Derive(keys_.bdk, dukpt::InitialKeyData(kKeyType, ksn.bdk_id, ksn.device_id), OnTheWay()));
    path.push_back({0, std::move(initial_key)});
  }
  const std::vector<uint32_t> counters = dukpt::PathTo(ksn.counter);
  size_t shared = 0;
  while (shared < counters.size() && shared + 1 < path.size() &&
         path[shared + 1].counter == counters[shared]) {
    ++shared;
  }
  path.erase(path.begin() + static_cast<std::ptrdiff_t>(shared) + 1, path.end());
  for (size_t i = shared; i < counters.size(); ++i) {
    SIGNET_ASSIGN_OR_RETURN(ScopedObject key,
                            Derive(path.back().key.get(),
                                   dukpt::DerivationData(KeyUsage::kKeyDerivation, kKeyType,
                                                         ksn.device_id, counters[i]),
                                   OnTheWay()));
    path.push_back({counters[i], std::move(key)});
  }
  return absl::OkStatus();
}

absl::StatusOr<ObjectHandle> TransactionKeys::WorkingKey(const KeySerialNumber& ksn,
                                                         ScopedObject Device::*key, KeyUsage usage,
                                                         Usage module_usage) {
  Device& device = Find(ksn.device_id);
  const size_t before = device.keys();
  const auto count = absl::MakeCleanup([&] {
    kept_ = kept_ - before + device.keys();
    MakeRoom();
  });
  if (device.working_counter != ksn.counter) {
    device.request = ScopedObject();
    device.response = ScopedObject();
    device.working_counter = ksn.counter;
  }
  if ((device.*key).get() == 0) {
    SIGNET_RETURN_IF_ERROR(WalkTo(device, ksn));
    SIGNET_ASSIGN_OR_RETURN(
        device.*key,
        Derive(device.path.back().key.get(),
               dukpt::DerivationData(usage, kKeyType, ksn.device_id, ksn.counter),
               {.usages = {module_usage}, .allowed_mechanisms = {Mechanism::kAesGcm}}));
  }
  return (device.*key).get();
}

absl::StatusOr<ObjectHandle> TransactionKeys::Request(const KeySerialNumber& ksn) {
  return WorkingKey(ksn, &Device::request, KeyUsage::kDataEncryption, Usage::kDecrypt);
}

absl::StatusOr<ObjectHandle> TransactionKeys::Response(const KeySerialNumber& ksn) {
  return WorkingKey(ksn, &Device::response, KeyUsage::kDataDecryption, Usage::kEncrypt);
}

void TransactionKeys::EndExchange(const KeySerialNumber& ksn) {
  const auto found = by_id_.find(ksn.device_id);
  if (found == by_id_.end() || found->second->working_counter != ksn.counter) return;
  kept_ -= found->second->keys();
  found->second->request = ScopedObject();
  found->second->response = ScopedObject();
  kept_ += found->second->keys();
}

}  // namespace signet::crypto
