#include "hsm_agent/module/token_objects.h"

#include "libs/base/status.h"

namespace signet::hsm_agent {
namespace {

using pkcs11::KeyPolicy;
using pkcs11::Mechanism;
using pkcs11::Usage;

// CKA_ID of the keys of which there is one.
constexpr char kSigningId[] = "\x01";
constexpr char kTransportId[] = "\x02";
constexpr char kReceiptKeyId[] = "\x03";
constexpr char kDeviceCaId[] = "\x04";

KeyPolicy Policy(const char* label, const std::string& id, std::vector<Usage> usages,
                 std::vector<Mechanism> mechanisms, bool on_token) {
  KeyPolicy policy;
  policy.label = label;
  policy.id = id;
  policy.usages = std::move(usages);
  policy.allowed_mechanisms = std::move(mechanisms);
  policy.on_token = on_token;
  return policy;
}

}  // namespace

KeyPolicy SigningKeyPolicy() {
  KeyPolicy policy = Policy(kSigningLabel, kSigningId, {Usage::kSign}, {Mechanism::kEcdsa}, true);
  policy.always_authenticate = true;
  return policy;
}

KeyPolicy TransportKeyPolicy() {
  return Policy(kTransportLabel, kTransportId, {Usage::kUnwrap}, {Mechanism::kRsaOaep}, true);
}

KeyPolicy PublicHalfPolicy(const std::string& label) {
  return Policy(label.c_str(), "", {}, {}, false);
}

KeyPolicy InitialKeyPolicy() {
  return Policy("initial-key", "", {Usage::kDerive, Usage::kSign},
                {Mechanism::kAesEcbEncryptData, Mechanism::kAesCmac}, false);
}

KeyPolicy ReceiptKeyPolicy() {
  return Policy(kReceiptKeyLabel, kReceiptKeyId, {Usage::kVerify}, {Mechanism::kEcdsa}, true);
}

KeyPolicy DeviceCaPolicy() {
  return Policy(kDeviceCaLabel, kDeviceCaId, {Usage::kVerify}, {Mechanism::kEcdsa}, true);
}

KeyPolicy RegisterPolicy(const dukpt::KeySerialNumber& ksn) {
  return Policy(kRegisterLabel, dukpt::Serialize(ksn), {Usage::kDerive},
                {Mechanism::kAesEcbEncryptData}, true);
}

KeyPolicy RequestKeyPolicy(const dukpt::KeySerialNumber& ksn, bool on_token) {
  return Policy(on_token ? kPaymentRequestLabel : "query-request", dukpt::Serialize(ksn),
                {Usage::kEncrypt}, {Mechanism::kAesGcm}, on_token);
}

KeyPolicy ResponseKeyPolicy(const dukpt::KeySerialNumber& ksn, bool on_token) {
  return Policy(on_token ? kPaymentResponseLabel : "query-response", dukpt::Serialize(ksn),
                {Usage::kDecrypt}, {Mechanism::kAesGcm}, on_token);
}

absl::Status DestroyLabelled(pkcs11::Session& session, const std::vector<std::string>& labels) {
  for (const std::string& label : labels) {
    pkcs11::ObjectFilter filter;
    filter.label = label;
    SIGNET_ASSIGN_OR_RETURN(const std::vector<pkcs11::ObjectHandle> found, session.Find(filter));
    for (const pkcs11::ObjectHandle object : found) {
      SIGNET_RETURN_IF_ERROR(session.Destroy(object));
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> AllLabels() {
  return {kSigningLabel,  kTransportLabel,      kReceiptKeyLabel,     kDeviceCaLabel,
          kRegisterLabel, kPaymentRequestLabel, kPaymentResponseLabel};
}

}  // namespace signet::hsm_agent
