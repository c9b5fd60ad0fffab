#include "services/crypto/hsm/key_ceremony.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/status.h"
#include "libs/files/durable_file.h"
#include "libs/openssl/certificate.h"
#include "libs/program/program.h"
#include "services/crypto/device_ca.h"
#include "services/crypto/hsm/hsm_session.h"
#include "services/crypto/hsm/server_keys.h"
#include "services/crypto/public_file.h"

namespace signet::crypto {
namespace {

using serving::ExitCode;
using serving::WithExitCode;

constexpr mode_t kPublicMode = 0644;
constexpr int64_t kMsPerSecond = 1000;
constexpr int64_t kSecondsPerDay = 24 * 60 * 60;
// Another machine's clock may be this far behind ours.
constexpr int64_t kClockLeewaySeconds = 5 * 60;

absl::Status ModuleError(const absl::Status& status) {
  return WithExitCode(status, ExitCode::kHardwareModule);
}

absl::StatusOr<pkcs11::Slot> TokenInEmptySlot(const pkcs11::Module& module,
                                              const CeremonyOptions& options) {
  auto slot = module.FindEmptySlot();
  if (!slot.ok()) return ModuleError(slot.status());
  auto so_pin = ReadPinFile(options.so_pin_file);
  if (!so_pin.ok()) {
    return WithExitCode(Annotate(so_pin.status(), "--so-pin-file"), ExitCode::kAuthentication);
  }
  auto pin = ReadPinFile(options.token.pin_file);
  if (!pin.ok()) return WithExitCode(pin.status(), ExitCode::kAuthentication);
  absl::Status status =
      slot->Initialize(options.token.token_label, *so_pin, *pin, MechanismsToInit());
  if (!status.ok()) return ModuleError(status);
  return module.FindToken(options.token.token_label);  // its slot's ID may have changed
}

class Ceremony {
 public:
  Ceremony(const CeremonyOptions& options, const Clock& clock) : options_(options), clock_(clock) {}

  absl::StatusOr<std::vector<std::string>> Hold();

 private:
  absl::Status OpenToken(const pkcs11::Module& module);
  absl::Status RefuseSecondBdk();
  absl::Status MakeBdk();
  absl::Status MakeSigningKey(const std::string& label);
  absl::StatusOr<bool> Has(const std::string& object_class, const pkcs11::KeyPolicy& policy);
  absl::Status MakeDeviceCa(const ServerKeys& keys);
  absl::Status WriteReceiptKey(const ServerKeys& keys);

  const CeremonyOptions& options_;
  const Clock& clock_;
  std::unique_ptr<pkcs11::Session> session_;
  std::vector<std::string> made_;
};

absl::Status Ceremony::OpenToken(const pkcs11::Module& module) {
  auto slot = module.FindToken(options_.token.token_label);
  if (absl::IsNotFound(slot.status())) {
    slot = TokenInEmptySlot(module, options_);
    if (slot.ok()) made_.push_back("token \"" + options_.token.token_label + "\" initialized");
  }
  if (!slot.ok()) return slot.status();
  if (auto status = slot->RequireMechanisms(MechanismsToInit()); !status.ok()) {
    return ModuleError(status);
  }
  SIGNET_ASSIGN_OR_RETURN(session_, OpenAndLogin(*slot, options_.token));
  return absl::OkStatus();
}

absl::StatusOr<bool> Ceremony::Has(const std::string& object_class,
                                   const pkcs11::KeyPolicy& policy) {
  pkcs11::ObjectFilter filter;
  filter.label = policy.label;
  filter.id = policy.id;
  filter.object_class = object_class;
  SIGNET_ASSIGN_OR_RETURN(auto found, session_->Find(filter));
  return !found.empty();
}

// A service serves one base derivation key, and its devices know no other.
absl::Status Ceremony::RefuseSecondBdk() {
  pkcs11::ObjectFilter filter;
  filter.label = kBdkLabel;
  filter.object_class = "secret";
  SIGNET_ASSIGN_OR_RETURN(const auto found, session_->Find(filter));
  if (found.empty()) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const auto bdk, session_->Describe(found.front()));
  const std::string id = ToHex(bdk.id);
  return absl::FailedPreconditionError(
      absl::StrCat("the token holds a base derivation key already, ", id,
                   ", and a service serves one; nothing was changed; use --bdk-id ", id,
                   ", or give --token-label of another token for another key"));
}

absl::Status Ceremony::MakeBdk() {
  const pkcs11::KeyPolicy policy = BdkPolicy(options_.bdk_id);
  SIGNET_ASSIGN_OR_RETURN(const bool there, Has("secret", policy));
  if (there) return absl::OkStatus();
  SIGNET_RETURN_IF_ERROR(RefuseSecondBdk());
  SIGNET_RETURN_IF_ERROR(session_->GenerateAes256(policy).status());
  made_.push_back("base derivation key " + ToHex(policy.id) + " generated in the module");
  return absl::OkStatus();
}

absl::Status Ceremony::MakeSigningKey(const std::string& label) {
  SIGNET_ASSIGN_OR_RETURN(const bool has_private, Has("private", SigningKeyPolicy(label)));
  SIGNET_ASSIGN_OR_RETURN(const bool has_public, Has("public", VerifyingKeyPolicy(label)));
  if (has_private && has_public) return absl::OkStatus();
  if (has_private || has_public) {
    return absl::FailedPreconditionError(
        absl::StrCat("the token holds only the ", has_private ? "private" : "public", " half of \"",
                     label, "\"; remove that object, or use a new token"));
  }
  SIGNET_RETURN_IF_ERROR(
      session_->GenerateP256(SigningKeyPolicy(label), VerifyingKeyPolicy(label)).status());
  made_.push_back("key pair \"" + label + "\" generated in the module");
  return absl::OkStatus();
}

absl::Status Ceremony::MakeDeviceCa(const ServerKeys& keys) {
  if (ReadPublicFile(options_.device_ca_file).ok()) {
    return LoadDeviceCa(options_.device_ca_file, keys.device_ca_public_der).status();
  }
  openssl::CertificateSpec spec;
  spec.profile = openssl::CertificateProfile::kSigningCa;  // enrollments' answers too
  spec.common_name = "signet device CA";
  spec.public_key_spki_der = keys.device_ca_public_der;
  spec.not_before_unix_s = clock_.NowUnixMs() / kMsPerSecond - kClockLeewaySeconds;
  spec.not_after_unix_s =
      spec.not_before_unix_s + options_.device_ca_validity_days * kSecondsPerDay;
  SIGNET_ASSIGN_OR_RETURN(auto der,
                          HsmSession(std::move(session_), keys, 1).IssueCertificate(spec, ""));
  SIGNET_RETURN_IF_ERROR(WriteDurably(options_.device_ca_file, openssl::ToPem("CERTIFICATE", der),
                                      kPublicMode, Existing::kKeep));
  made_.push_back("device CA certificate written to " + options_.device_ca_file);
  return absl::OkStatus();
}

absl::Status Ceremony::WriteReceiptKey(const ServerKeys& keys) {
  const std::string& path = options_.receipt_key_file;
  if (path.empty()) return absl::OkStatus();
  const std::string pem = openssl::ToPem("PUBLIC KEY", keys.receipt_public_der);
  if (auto there = ReadPublicFile(path); there.ok()) {
    if (*there == pem) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat(path, " holds another key than the token's receipt key; move it away"));
  }
  SIGNET_RETURN_IF_ERROR(WriteDurably(path, pem, kPublicMode, Existing::kKeep));
  made_.push_back("receipt public key written to " + path);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> Ceremony::Hold() {
  SIGNET_ASSIGN_OR_RETURN(auto module, LoadModule(options_.token));
  SIGNET_RETURN_IF_ERROR(OpenToken(module));
  auto make_keys = [this]() -> absl::StatusOr<ServerKeys> {
    SIGNET_RETURN_IF_ERROR(MakeBdk());
    SIGNET_RETURN_IF_ERROR(MakeSigningKey(kReceiptKeyLabel));
    SIGNET_RETURN_IF_ERROR(MakeSigningKey(kDeviceCaLabel));
    return FindServerKeys(*session_, options_.bdk_id);
  };
  auto keys = make_keys();
  if (!keys.ok()) return ModuleError(keys.status());
  SIGNET_RETURN_IF_ERROR(WriteReceiptKey(*keys));
  SIGNET_RETURN_IF_ERROR(MakeDeviceCa(*keys));
  return std::move(made_);
}

}  // namespace

absl::StatusOr<std::vector<std::string>> HoldKeyCeremony(const CeremonyOptions& options,
                                                         const Clock& clock) {
  return Ceremony(options, clock).Hold();
}

}  // namespace signet::crypto
