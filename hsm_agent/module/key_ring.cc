#include "hsm_agent/module/key_ring.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hsm_agent/module/token_objects.h"
#include "libs/base/status.h"
#include "libs/openssl/p256.h"
#include "libs/pkcs11/fault.h"
#include "libs/program/log.h"

namespace signet::hsm_agent {
namespace {

using device::v1::AgentState;
using device::v1::EnrolledDevice;
using pkcs11::ObjectHandle;

pkcs11::ObjectFilter Labelled(const char* label, const char* object_class) {
  pkcs11::ObjectFilter filter;
  filter.label = label;
  filter.object_class = object_class;
  return filter;
}

// The key on the token must be the one of enrollment: public objects need no PIN to be replaced.
absl::StatusOr<ObjectHandle> FindPinned(pkcs11::Session& session, const char* label,
                                        std::string_view expected_spki_der) {
  SIGNET_ASSIGN_OR_RETURN(const ObjectHandle key, session.FindOne(Labelled(label, "public")));
  SIGNET_ASSIGN_OR_RETURN(const std::string point, session.P256Point(key));
  SIGNET_ASSIGN_OR_RETURN(const std::string expected,
                          openssl::P256PointFromSpki(expected_spki_der));
  if (point != expected) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key ", label,
                     " on the token is not the one of this device's enrollment; the token or the "
                     "state was changed. Enroll the device anew"));
  }
  return key;
}

absl::Status SkipReleased(ModuleRegisterStore& registers, uint32_t highest_counter) {
  const absl::StatusOr<uint32_t> next = dukpt::NextCounter(registers);
  if (absl::IsOutOfRange(next.status())) return absl::OkStatus();
  if (!next.ok()) return next.status();
  if (*next > highest_counter) return absl::OkStatus();
  serving::LogWarning("token_is_older_than_state", {{"next_counter", int64_t{*next}},
                                                    {"highest_counter", int64_t{highest_counter}}});
  return dukpt::SkipThrough(registers, highest_counter);
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeyRing>> KeyRing::Load(pkcs11::Session& session,
                                                       const AgentState& state) {
  const EnrolledDevice& enrollment = state.enrollment();
  std::unique_ptr<KeyRing> ring(new KeyRing(session));
  SIGNET_RETURN_IF_ERROR(DestroyLabelled(session, {kTransportLabel}));
  SIGNET_RETURN_IF_ERROR(ring->FindPinnedKeys(enrollment));
  SIGNET_ASSIGN_OR_RETURN(ring->registers_, ModuleRegisterStore::Scan(session, enrollment.bdk_id(),
                                                                      enrollment.device_id()));
  std::optional<uint32_t> open_counter;
  if (state.has_open_payment()) open_counter = state.open_payment().counter();
  SIGNET_RETURN_IF_ERROR(ring->FindPaymentKeys(open_counter));
  SIGNET_RETURN_IF_ERROR(SkipReleased(*ring->registers_, state.highest_counter()));
  return ring;
}

absl::Status KeyRing::FindPinnedKeys(const EnrolledDevice& enrollment) {
  absl::StatusOr<ObjectHandle> signing = session_.FindOne(Labelled(kSigningLabel, "private"));
  if (!signing.ok()) {
    // Keys do not go: the token is another one, or the module has lost sight of it.
    return pkcs11::WithFault(
        Annotate(signing.status(),
                 "this device is enrolled, but its signing key is not on the token (is this the "
                 "right token?)"),
        pkcs11::Fault::kModule);
  }
  signing_key_ = *signing;
  SIGNET_ASSIGN_OR_RETURN(
      receipt_key_, FindPinned(session_, kReceiptKeyLabel, enrollment.receipt_public_key_der()));
  return absl::OkStatus();
}

absl::Status KeyRing::FindPaymentKeys(std::optional<uint32_t> open_counter) {
  const std::pair<const char*, ObjectHandle WorkingKeys::*> kinds[] = {
      {kPaymentRequestLabel, &WorkingKeys::request},
      {kPaymentResponseLabel, &WorkingKeys::response}};
  for (const auto& [label, member] : kinds) {
    SIGNET_ASSIGN_OR_RETURN(const std::vector<ObjectHandle> found,
                            session_.Find(Labelled(label, "secret")));
    for (const ObjectHandle object : found) {
      SIGNET_ASSIGN_OR_RETURN(const pkcs11::KeyDescription key, session_.Describe(object));
      if (open_counter.has_value() && key.id == dukpt::Serialize(Ksn(*open_counter))) {
        payment_keys_.*member = object;
      } else {
        SIGNET_RETURN_IF_ERROR(session_.Destroy(object));
      }
    }
  }
  if (payment_keys_.request != 0 && payment_keys_.response != 0) {
    payment_keys_.counter = *open_counter;
  }
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> KeyRing::NextCounter() { return dukpt::NextCounter(*registers_); }

absl::StatusOr<WorkingKeys> KeyRing::TakeCounter(WorkingKeyHome home) {
  registers_->SetWorkingKeyHome(home);
  SIGNET_ASSIGN_OR_RETURN(const uint32_t counter, dukpt::TakeCounter(*registers_));
  const WorkingKeys& keys = registers_->working_keys();
  if (keys.counter != counter) return absl::InternalError("the working keys are not the counter's");
  if (home == WorkingKeyHome::kToken) payment_keys_ = keys;
  return keys;
}

absl::StatusOr<std::string> KeyRing::Sign(std::string_view digest, const Secret& pin) {
  return session_.SignEcdsa(signing_key_, digest, &pin);
}

absl::Status KeyRing::VerifyReceipt(std::string_view digest, std::string_view signature) {
  return session_.VerifyEcdsa(receipt_key_, digest, signature);
}

absl::StatusOr<WorkingKeys> KeyRing::PaymentKeys(uint32_t counter) const {
  if (payment_keys_.counter != counter || counter == 0) {
    return absl::FailedPreconditionError("the module no longer holds the keys of the open payment");
  }
  return payment_keys_;
}

absl::Status KeyRing::DestroyPaymentKeys() {
  payment_keys_ = WorkingKeys{};
  return DestroyLabelled(session_, {kPaymentRequestLabel, kPaymentResponseLabel});
}

void KeyRing::DestroySessionKeys(const WorkingKeys& keys) {
  session_.Destroy(keys.request).IgnoreError();
  session_.Destroy(keys.response).IgnoreError();
}

}  // namespace signet::hsm_agent
