#include "operator_cli/evidence_check.h"

#include "libs/base/ids.h"
#include "libs/digests/digests.h"
#include "libs/dukpt/key_serial_number.h"
#include "libs/openssl/p256.h"
#include "libs/rpc/peer_identity.h"
#include "operator_cli/output.h"
#include "signet/payments/v1/payment.pb.h"
#include "signet/sealing/v1/sealed_message.pb.h"

namespace signet::operator_cli {
namespace {

using platform::v1::PaymentEvidence;
using platform::v1::SignedEvidence;

constexpr int64_t kMsPerSecond = 1000;

bool IsHeaderOf(const std::string& bytes, const std::string& payment_id, int type) {
  sealing::v1::MessageHeader header;
  if (!header.ParseFromString(bytes) || header.type() != type) return false;
  const auto ksn = dukpt::ParseKeySerialNumber(header.ksn());
  return ksn.ok() && FormatPaymentId({ksn->device_id, ksn->counter}) == payment_id;
}

// A genuine confirmation of another payment is none of this one.
bool Confirms(const SignedEvidence& confirmation, const SignedEvidence& instruction) {
  payments::v1::PaymentConfirmation body;
  return body.ParseFromString(confirmation.body()) &&
         body.instruction_hash() == MessageDigest(instruction.header(), instruction.body());
}

}  // namespace

void EvidenceCheck::Check(const PaymentEvidence& payment, const std::string& certificate_der) {
  LookAtDevice(payment, certificate_der);
  CheckSigned(payment, payment.instruction(), sealing::v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION,
              "instruction");
  if (payment.has_confirmation()) {
    CheckSigned(payment, payment.confirmation(), sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION,
                "confirmation");
    Expect(Confirms(payment.confirmation(), payment.instruction()), payment,
           "its confirmation is of another instruction");
  } else {
    Expect(payment.state() != payments::v1::PAYMENT_STATE_CONFIRMED, payment,
           "it is confirmed, but there is no confirmation");
  }
}

void EvidenceCheck::LookAtDevice(const PaymentEvidence& payment,
                                 const std::string& certificate_der) {
  const std::string device_id = payment.payment_id().substr(0, payment.payment_id().find('-'));
  const int64_t paid_unix_s = payment.created_at_unix_ms() / kMsPerSecond;
  if (device_.id != device_id || device_.certificate_der != certificate_der) {
    device_ = {device_id, certificate_der, nullptr, 0, 0};
    const auto info = device_ca_.Verify(certificate_der, paid_unix_s);
    rpc::PeerIdentity owner;
    owner.role = rpc::Role::kDevice;
    owner.device_id = ParseDeviceId(device_id).value_or(0);
    if (info.ok() && info->spiffe_id == rpc::SpiffeId(owner)) {
      auto key = openssl::ParseP256PublicKey(info->public_key_spki_der);
      if (key.ok()) device_.key = *std::move(key);
      device_.not_before_unix_s = info->not_before_unix_s;
      device_.not_after_unix_s = info->not_after_unix_s;
    }
  }
  Expect(device_.key != nullptr && paid_unix_s >= device_.not_before_unix_s &&
             paid_unix_s <= device_.not_after_unix_s,
         payment, "its device has no certificate of the device CA that was valid then");
}

void EvidenceCheck::CheckSigned(const PaymentEvidence& payment, const SignedEvidence& evidence,
                                int message_type, const std::string& what) {
  Expect(IsHeaderOf(evidence.header(), payment.payment_id(), message_type), payment,
         "its " + what + " is another message");
  const bool is_signed =
      device_.key != nullptr &&
      device_.key
          ->VerifyDigest(MessageDigest(evidence.header(), evidence.body()), evidence.signature())
          .ok();
  Expect(is_signed, payment, "its " + what + " is not signed by its device");
  signatures_ += is_signed ? 1 : 0;
}

void EvidenceCheck::Expect(bool holds, const PaymentEvidence& payment, const std::string& finding) {
  if (holds || findings_.size() >= max_findings_) return;
  findings_.push_back("payment " + Printable(payment.payment_id()) + ": " + finding);
}

}  // namespace signet::operator_cli
