#include "hsm_agent/enrollment/enrollment_desk.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hsm_agent/module/register_store.h"
#include "hsm_agent/module/token_objects.h"
#include "hsm_agent/pin/approval_text.h"
#include "libs/base/activation_code.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/digests/digests.h"
#include "libs/dukpt/device_registers.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/ed25519.h"
#include "libs/openssl/p256.h"
#include "libs/openssl/rsa.h"
#include "libs/pkcs11/module_keys.h"

namespace signet::hsm_agent {
namespace {

using device::v1::AgentState;
using device::v1::CompleteEnrollmentResponse;
using device::v1::EnrolledDevice;
using device::v1::EnrollmentContent;
using device::v1::PendingEnrollment;
using pkcs11::ObjectHandle;

constexpr char kDeviceCommonName[] = "signet-device";
constexpr size_t kCheckValueBytes = 5;

CompleteEnrollmentResponse ToResponse(const EnrolledDevice& enrollment) {
  CompleteEnrollmentResponse response;
  response.set_device_id(FormatDeviceId(enrollment.device_id()));
  response.set_terminal_certificate_der(enrollment.terminal_certificate_der());
  response.set_device_ca_certificate_der(enrollment.device_ca_certificate_der());
  response.set_receipt_public_key_der(enrollment.receipt_public_key_der());
  return response;
}

pkcs11::ObjectFilter PrivateKey(const char* label) {
  pkcs11::ObjectFilter filter;
  filter.label = label;
  filter.object_class = "private";
  return filter;
}

// A module may take an attribute and not mean it: look at what it made.
absl::Status CheckProtected(pkcs11::Session& session, ObjectHandle key, bool always_authenticate) {
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::KeyDescription made, session.Describe(key));
  if (!made.sensitive || made.extractable || !made.never_extractable || !made.local ||
      !made.is_private || made.always_authenticate != always_authenticate) {
    return absl::FailedPreconditionError(
        "the module did not make the key as it was told to (sensitive, never extractable, PIN at "
        "each signature); use another module");
  }
  return absl::OkStatus();
}

absl::Status CheckInitialKey(pkcs11::Session& session, ObjectHandle key,
                             const std::string& check_value) {
  SIGNET_ASSIGN_OR_RETURN(const std::string mac, session.SignCmac(key, std::string(16, '\0')));
  if (!ConstantTimeEquals(mac.substr(0, kCheckValueBytes), check_value)) {
    return absl::UnauthenticatedError(
        "the enrollment's answer is refused: the initial key's check value does not fit");
  }
  return absl::OkStatus();
}

absl::Status ImportPublic(pkcs11::Session& session, const std::string& spki_der,
                          const pkcs11::KeyPolicy& policy) {
  SIGNET_ASSIGN_OR_RETURN(const std::string point, openssl::P256PointFromSpki(spki_der));
  return session.ImportP256PublicKey(point, policy).status();
}

}  // namespace

// Before a key is made or a code is used.
absl::Status EnrollmentDesk::CheckDeviceCa() const {
  if (device_ca_der_.empty()) {
    return absl::FailedPreconditionError(
        "the agent does not know the operator's device CA, so it could not tell a true enrollment "
        "from a forged one; get the CA's certificate from the operator and start signet-agent with "
        "--device-ca FILE");
  }
  const absl::Status valid =
      openssl::VerifyCertificate(device_ca_der_, device_ca_der_, clock_.NowUnixMs() / 1000);
  if (valid.ok()) return valid;
  return absl::FailedPreconditionError(
      absl::StrCat("the device CA given with --device-ca cannot be used: ", valid.message(),
                   "; get the present one from the operator"));
}

bool EnrollmentDesk::IsPending(const std::string& activation_public_key,
                               const std::string& terminal_csr_der) const {
  if (!state_.state().has_pending_enrollment()) return false;
  EnrollmentContent content;
  return content.ParseFromString(state_.state().pending_enrollment().request().content()) &&
         content.activation_public_key() == activation_public_key &&
         content.terminal_csr_der() == terminal_csr_der;
}

absl::StatusOr<bool> EnrollmentDesk::HoldsNewKeys() {
  for (const char* label : {kSigningLabel, kTransportLabel}) {
    SIGNET_ASSIGN_OR_RETURN(const std::vector<ObjectHandle> found,
                            module_.session().Find(PrivateKey(label)));
    if (found.size() != 1) return false;
  }
  return true;
}

// Registers without any state are those of a device whose state was lost or lies elsewhere.
absl::Status EnrollmentDesk::RefuseForeignToken() {
  if (state_.state().has_pending_enrollment()) return absl::OkStatus();
  pkcs11::ObjectFilter filter;
  filter.label = kRegisterLabel;
  SIGNET_ASSIGN_OR_RETURN(const std::vector<ObjectHandle> found, module_.session().Find(filter));
  if (found.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "the token holds the keys of an enrolled device, but --state-dir knows of none; restore the "
      "state folder, or use a new token");
}

absl::StatusOr<std::string> EnrollmentDesk::MakeSigningKey(std::string& csr_der,
                                                           const Secret& pin) {
  pkcs11::Session& session = module_.session();
  SIGNET_ASSIGN_OR_RETURN(
      const pkcs11::KeyPair pair,
      session.GenerateP256(SigningKeyPolicy(), PublicHalfPolicy(kSigningLabel)));
  const pkcs11::ScopedObject public_half(session, pair.public_key);
  SIGNET_RETURN_IF_ERROR(CheckProtected(session, pair.private_key, true));
  SIGNET_ASSIGN_OR_RETURN(const std::string point, session.P256Point(pair.public_key));
  SIGNET_ASSIGN_OR_RETURN(std::string spki, openssl::P256SpkiFromPoint(point));
  pkcs11::ModuleSigningKey signer(session, pair.private_key, &pin);
  SIGNET_ASSIGN_OR_RETURN(csr_der, openssl::BuildCsr(kDeviceCommonName, spki, signer));
  return spki;
}

absl::StatusOr<std::string> EnrollmentDesk::MakeTransportKey() {
  pkcs11::Session& session = module_.session();
  SIGNET_ASSIGN_OR_RETURN(
      const pkcs11::KeyPair pair,
      session.GenerateRsa3072(TransportKeyPolicy(), PublicHalfPolicy(kTransportLabel)));
  const pkcs11::ScopedObject public_half(session, pair.public_key);
  SIGNET_RETURN_IF_ERROR(CheckProtected(session, pair.private_key, false));
  SIGNET_ASSIGN_OR_RETURN(const pkcs11::Session::RsaNumbers numbers,
                          session.RsaPublicNumbers(pair.public_key));
  return openssl::RsaSpki({numbers.modulus, numbers.public_exponent});
}

absl::StatusOr<PendingEnrollment> EnrollmentDesk::MakeRequest(const Secret& code_seed,
                                                              const std::string& terminal_csr_der,
                                                              const Secret& pin) {
  SIGNET_RETURN_IF_ERROR(RefuseForeignToken());
  SIGNET_RETURN_IF_ERROR(DestroyLabelled(module_.session(), AllLabels()));
  PendingEnrollment pending;
  EnrollmentContent content;
  SIGNET_ASSIGN_OR_RETURN(*content.mutable_activation_public_key(),
                          openssl::ActivationPublicKey(code_seed));
  SIGNET_ASSIGN_OR_RETURN(*pending.mutable_signing_public_key_der(),
                          MakeSigningKey(*content.mutable_device_csr_der(), pin));
  SIGNET_ASSIGN_OR_RETURN(*content.mutable_transport_public_key_der(), MakeTransportKey());
  content.set_terminal_csr_der(terminal_csr_der);
  device::v1::EnrollmentRequest& request = *pending.mutable_request();
  request.set_content(content.SerializeAsString());
  SIGNET_ASSIGN_OR_RETURN(
      *request.mutable_signature(),
      openssl::SignWithActivationCode(code_seed, EnrollmentDigest(request.content())));
  return pending;
}

absl::StatusOr<device::v1::BeginEnrollmentResponse> EnrollmentDesk::Begin(
    const device::v1::BeginEnrollmentRequest& request, const Abandoned& abandoned) {
  if (state_.state().has_enrollment()) {
    return absl::FailedPreconditionError(
        "this device is enrolled already as " +
        FormatDeviceId(state_.state().enrollment().device_id()) +
        "; to enroll it anew, start with an empty state folder and a new token");
  }
  SIGNET_RETURN_IF_ERROR(CheckDeviceCa());
  SIGNET_ASSIGN_OR_RETURN(const Secret seed, ParseActivationCode(request.activation_code()));
  SIGNET_RETURN_IF_ERROR(openssl::VerifyCsr(request.terminal_csr_der()).status());
  SIGNET_ASSIGN_OR_RETURN(const std::string code_key, openssl::ActivationPublicKey(seed));
  const PinReason reason{EnrollmentApproval(), abandoned};
  device::v1::BeginEnrollmentResponse response;
  if (IsPending(code_key, request.terminal_csr_der())) {
    SIGNET_RETURN_IF_ERROR(module_.Unlock(reason));
    SIGNET_ASSIGN_OR_RETURN(const bool holds_keys, HoldsNewKeys());
    if (holds_keys) {
      *response.mutable_enrollment() = state_.state().pending_enrollment().request();
      return response;
    }
  }
  module_.Lock();  // so that the PIN is tried by a login
  SIGNET_ASSIGN_OR_RETURN(
      const Secret pin, module_.UseWithPin(reason, [](const Secret&) { return absl::OkStatus(); }));
  SIGNET_ASSIGN_OR_RETURN(const PendingEnrollment pending,
                          MakeRequest(seed, request.terminal_csr_der(), pin));
  SIGNET_RETURN_IF_ERROR(
      state_.Update([&](AgentState& state) { *state.mutable_pending_enrollment() = pending; }));
  *response.mutable_enrollment() = pending.request();
  return response;
}

absl::Status EnrollmentDesk::LoadRegisters(const CheckedEnrollment& checked) {
  pkcs11::Session& session = module_.session();
  const absl::StatusOr<ObjectHandle> transport = session.FindOne(PrivateKey(kTransportLabel));
  if (absl::IsNotFound(transport.status())) {
    return absl::FailedPreconditionError(
        "the token no longer holds the key that this enrollment was made with; begin again with a "
        "new activation code");
  }
  if (!transport.ok()) return transport.status();
  SIGNET_ASSIGN_OR_RETURN(
      const ObjectHandle initial_key,
      session.UnwrapOaepAes(*transport, checked.answer.wrapped_initial_key(), InitialKeyPolicy()));
  pkcs11::ScopedObject destroyed_at_the_end(session, initial_key);
  SIGNET_RETURN_IF_ERROR(
      CheckInitialKey(session, initial_key, checked.answer.initial_key_check_value()));
  SIGNET_ASSIGN_OR_RETURN(
      const std::unique_ptr<ModuleRegisterStore> registers,
      ModuleRegisterStore::Scan(session, checked.device.bdk_id(), checked.device.device_id()));
  registers->SetInitialKey(initial_key);
  return dukpt::LoadRegisters(*registers);
}

absl::Status EnrollmentDesk::TakeInKeys(const CheckedEnrollment& checked) {
  pkcs11::Session& session = module_.session();
  // What an attempt before a crash left behind.
  SIGNET_RETURN_IF_ERROR(
      DestroyLabelled(session, {kRegisterLabel, kReceiptKeyLabel, kDeviceCaLabel}));
  SIGNET_RETURN_IF_ERROR(LoadRegisters(checked));
  SIGNET_ASSIGN_OR_RETURN(const openssl::CertificateInfo ca,
                          openssl::ParseCertificate(checked.device.device_ca_certificate_der()));
  SIGNET_RETURN_IF_ERROR(ImportPublic(session, ca.public_key_spki_der, DeviceCaPolicy()));
  return ImportPublic(session, checked.device.receipt_public_key_der(), ReceiptKeyPolicy());
}

absl::StatusOr<CompleteEnrollmentResponse> EnrollmentDesk::Complete(
    const device::v1::CompleteEnrollmentRequest& request, const Abandoned& abandoned) {
  const AgentState& state = state_.state();
  if (state.has_enrollment()) {
    if (IsRepeated(state.enrollment(), request.enrollment())) return ToResponse(state.enrollment());
    return absl::FailedPreconditionError("this device is enrolled already as " +
                                         FormatDeviceId(state.enrollment().device_id()));
  }
  if (!state.has_pending_enrollment()) {
    return absl::FailedPreconditionError("no enrollment is under way; run `signet enroll`");
  }
  SIGNET_RETURN_IF_ERROR(CheckDeviceCa());
  SIGNET_ASSIGN_OR_RETURN(const CheckedEnrollment checked,
                          CheckEnrollment(state.pending_enrollment(), request.enrollment(),
                                          device_ca_der_, clock_.NowUnixMs() / 1000));
  SIGNET_RETURN_IF_ERROR(module_.Unlock({EnrollmentApproval(), abandoned}));
  SIGNET_RETURN_IF_ERROR(TakeInKeys(checked));
  SIGNET_RETURN_IF_ERROR(state_.Update([&](AgentState& next) {
    *next.mutable_enrollment() = checked.device;
    next.clear_pending_enrollment();
    next.set_highest_counter(0);
  }));
  // From here on the initial key can never be taken in again. A crash before this leaves it to the
  // next login.
  SIGNET_RETURN_IF_ERROR(DestroyLabelled(module_.session(), {kTransportLabel}));
  module_.ForgetKeys();
  return ToResponse(checked.device);
}

}  // namespace signet::hsm_agent
