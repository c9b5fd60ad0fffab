#include "operator_cli/evidence_check.h"

#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "libs/base/big_endian.h"
#include "libs/base/ids.h"
#include "libs/digests/digests.h"
#include "libs/openssl/p256.h"
#include "signet/payments/v1/payment.pb.h"
#include "signet/sealing/v1/sealed_message.pb.h"

namespace signet::operator_cli {
namespace {

using openssl::CertificateSpec;
using openssl::P256PrivateKey;
using platform::v1::PaymentEvidence;
using platform::v1::SignedEvidence;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kNow = 1'800'000'000;
constexpr int64_t kDay = 86'400;

class EvidenceCheckTest : public ::testing::Test {
 protected:
  EvidenceCheckTest() {
    CertificateSpec ca;
    ca.profile = openssl::CertificateProfile::kSigningCa;
    ca.common_name = "device CA";
    ca_der_ = Issue(ca, "", *ca_key_, *ca_key_);
    certificate_ = CertificateOf(1, *ca_key_, ca_der_);
  }

  static std::string Issue(CertificateSpec spec, const std::string& issuer,
                           P256PrivateKey& issuer_key, P256PrivateKey& key) {
    spec.not_before_unix_s = kNow - kDay;
    spec.not_after_unix_s = kNow + kDay;
    spec.public_key_spki_der = key.PublicKeyDer();
    return openssl::IssueCertificate(spec, issuer, issuer_key).value();
  }
  std::string CertificateOf(uint32_t device, P256PrivateKey& issuer,
                            const std::string& issuer_der) {
    CertificateSpec spec;
    spec.profile = openssl::CertificateProfile::kSigning;
    spec.common_name = "device";
    spec.spiffe_id = "spiffe://signet/device/" + FormatDeviceId(device);
    return Issue(spec, issuer_der, issuer, *key_);
  }

  SignedEvidence Signed(int type, uint32_t device, uint32_t counter, const std::string& body) {
    sealing::v1::MessageHeader header;
    header.set_type(static_cast<sealing::v1::MessageType>(type));
    std::string ksn = "BDK0";
    AppendBigEndian32(ksn, device);
    AppendBigEndian32(ksn, counter);
    header.set_ksn(ksn);
    SignedEvidence evidence;
    evidence.set_header(header.SerializeAsString());
    evidence.set_body(body);
    Sign(evidence);
    return evidence;
  }
  void Sign(SignedEvidence& evidence) {
    evidence.set_signature(
        key_->SignDigest(MessageDigest(evidence.header(), evidence.body())).value());
  }
  SignedEvidence ConfirmationOf(const SignedEvidence& instruction, uint32_t counter) {
    payments::v1::PaymentConfirmation body;
    body.set_instruction_hash(MessageDigest(instruction.header(), instruction.body()));
    return Signed(sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION, 1, counter,
                  body.SerializeAsString());
  }
  PaymentEvidence Confirmed(uint32_t counter) {
    PaymentEvidence payment;
    payment.set_payment_id(FormatPaymentId({1, counter}));
    payment.set_state(payments::v1::PAYMENT_STATE_CONFIRMED);
    payment.set_created_at_unix_ms(kNow * 1000);
    *payment.mutable_instruction() =
        Signed(sealing::v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION, 1, counter, "body");
    *payment.mutable_confirmation() = ConfirmationOf(payment.instruction(), counter);
    return payment;
  }

  EvidenceCheck NewCheck() { return {openssl::TrustAnchor::Parse(ca_der_).value(), 100}; }
  void ExpectFinding(const PaymentEvidence& payment, const std::string& finding) {
    ExpectFinding(payment, certificate_, finding);
  }
  void ExpectFinding(const PaymentEvidence& payment, const std::string& certificate,
                     const std::string& finding) {
    EvidenceCheck check = NewCheck();
    check.Check(payment, certificate);
    EXPECT_THAT(check.findings(), Contains("payment " + payment.payment_id() + ": " + finding));
  }

  const std::unique_ptr<P256PrivateKey> ca_key_ = P256PrivateKey::Generate().value();
  const std::unique_ptr<P256PrivateKey> key_ = P256PrivateKey::Generate().value();
  std::string ca_der_, certificate_;
};

TEST_F(EvidenceCheckTest, IsQuietOnWhatTheDeviceSigned) {
  EvidenceCheck check = NewCheck();
  check.Check(Confirmed(1), certificate_);
  PaymentEvidence open = Confirmed(2);
  open.set_state(payments::v1::PAYMENT_STATE_AUTHORIZED);
  open.clear_confirmation();
  check.Check(open, certificate_);
  EXPECT_THAT(check.findings(), IsEmpty());
  EXPECT_EQ(check.signatures(), 3U);
}

TEST_F(EvidenceCheckTest, NamesASignatureThatIsNotTheDevices) {
  PaymentEvidence payment = Confirmed(1);
  payment.mutable_instruction()->set_signature(std::string(64, '\xee'));
  ExpectFinding(payment, "its instruction is not signed by its device");
  payment = Confirmed(1);
  payment.mutable_confirmation()->mutable_body()->append("x");
  ExpectFinding(payment, "its confirmation is not signed by its device");
}

TEST_F(EvidenceCheckTest, NamesAGenuineMessageUnderAnotherCounter) {
  PaymentEvidence payment = Confirmed(1);
  payment.set_payment_id(FormatPaymentId({1, 2}));
  ExpectFinding(payment, "its instruction is another message");
  ExpectFinding(payment, "its confirmation is another message");
}

TEST_F(EvidenceCheckTest, NamesMessagesThatDoNotBelongTogether) {
  PaymentEvidence payment = Confirmed(1);
  *payment.mutable_confirmation() = ConfirmationOf(Confirmed(2).instruction(), 1);
  ExpectFinding(payment, "its confirmation is of another instruction");
  payment = Confirmed(1);
  payment.clear_confirmation();
  ExpectFinding(payment, "it is confirmed, but there is no confirmation");
  payment = Confirmed(1);
  std::swap(*payment.mutable_instruction(), *payment.mutable_confirmation());
  ExpectFinding(payment, "its instruction is another message");
}

TEST_F(EvidenceCheckTest, NamesACertificateThatIsNotTheDevices) {
  const std::string finding = "its device has no certificate of the device CA that was valid then";
  ExpectFinding(Confirmed(1), "", finding);
  ExpectFinding(Confirmed(1), CertificateOf(2, *ca_key_, ca_der_), finding);
  const auto intruder = P256PrivateKey::Generate().value();
  CertificateSpec own_ca;
  own_ca.profile = openssl::CertificateProfile::kSigningCa;
  own_ca.common_name = "device CA";
  const std::string own_ca_der = Issue(own_ca, "", *intruder, *intruder);
  ExpectFinding(Confirmed(1), CertificateOf(1, *intruder, own_ca_der), finding);
  PaymentEvidence later = Confirmed(1);
  later.set_created_at_unix_ms((kNow + 2 * kDay) * 1000);
  ExpectFinding(later, finding);
  EvidenceCheck check = NewCheck();  // the certificate is kept from one payment to the next
  check.Check(Confirmed(1), certificate_);
  check.Check(later, certificate_);
  EXPECT_THAT(check.findings(), ::testing::ElementsAre(HasSubstr(finding)));
}

TEST_F(EvidenceCheckTest, KeepsNoMoreFindingsThanItIsTold) {
  EvidenceCheck check(openssl::TrustAnchor::Parse(ca_der_).value(), 3);
  for (uint32_t counter = 1; counter <= 9; ++counter) check.Check(Confirmed(counter), "");
  EXPECT_EQ(check.findings().size(), 3U);
}

}  // namespace
}  // namespace signet::operator_cli
