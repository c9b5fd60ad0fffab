#include "tests/unit/terminal_client/fake_services.h"

#include "libs/base/activation_code.h"
#include "libs/base/hex.h"
#include "libs/openssl/certificate.h"
#include "libs/openssl/ed25519.h"
#include "libs/rpc/trace.h"

namespace signet::terminal {
namespace {

using grpc::Status;
using grpc::StatusCode;

constexpr int64_t kFarFuture = 4'000'000'000;  // 2096

Status NotAuthenticated() { return {StatusCode::UNAUTHENTICATED, "message not authenticated"}; }

Status KeysLost() { return {StatusCode::FAILED_PRECONDITION, "the keys are lost"}; }

void SetDecline(payments::v1::Decline* decline) {
  decline->set_payment_id(kPayment);
  decline->set_reason(payments::v1::DECLINE_REASON_INSUFFICIENT_FUNDS);
}

}  // namespace

sealing::v1::SealedMessage Message(const std::string& ciphertext) {
  sealing::v1::SealedMessage message;
  message.set_header("header");
  message.set_nonce("nonce");
  message.set_ciphertext(ciphertext);
  return message;
}

Status FakeAgent::DescribeModule(Context*, const device::v1::DescribeModuleRequest*,
                                 device::v1::DescribeModuleResponse* response) {
  response->set_pin_tries_left(pin_tries_left);
  response->set_enrolled(!enrolled_device_id.empty());
  response->set_device_id(enrolled_device_id);
  return Status::OK;
}

Status FakeAgent::BeginEnrollment(Context*, const device::v1::BeginEnrollmentRequest* request,
                                  device::v1::BeginEnrollmentResponse* response) {
  ++enrollments_begun;
  const auto seed = ParseActivationCode(request->activation_code());
  if (!seed.ok()) return {StatusCode::INVALID_ARGUMENT, "code"};
  device::v1::EnrollmentContent content;
  content.set_activation_public_key(openssl::ActivationPublicKey(*seed).value());
  content.set_terminal_csr_der(request->terminal_csr_der());
  content.set_device_csr_der("device " + std::to_string(enrollments_begun));
  response->mutable_enrollment()->set_content(content.SerializeAsString());
  return Status::OK;
}

Status FakeAgent::CompleteEnrollment(Context*, const device::v1::CompleteEnrollmentRequest* request,
                                     device::v1::CompleteEnrollmentResponse* response) {
  const std::string& content = request->enrollment().content();
  const bool again = !enrolled_content_.empty();
  if (again && content != enrolled_content_) return {StatusCode::FAILED_PRECONDITION, "enrolled"};
  if (!complete_has_effect) return complete_enrollment_status;
  device::v1::EnrollmentAnswer answer;
  answer.ParseFromString(content);
  enrolled_content_ = content;
  enrolled_device_id = ToHex(answer.device_id());
  response->set_device_id(enrolled_device_id);
  response->set_terminal_certificate_der(answer.terminal_certificate_der());
  response->set_device_ca_certificate_der(answer.device_ca_certificate_der());
  response->set_receipt_public_key_der(pinned_receipt_key);
  return again ? Status::OK : complete_enrollment_status;
}

Status FakeAgent::BeginQuery(Context*, const device::v1::BeginQueryRequest* request,
                             device::v1::BeginQueryResponse* response) {
  if (!begin_query_status.ok()) return begin_query_status;
  asked_for_receipt_ = request->query().has_receipt();
  response->set_exchange_id("exchange " + std::to_string(++queries));
  *response->mutable_message() = Message("query " + std::to_string(queries));
  return Status::OK;
}

Status FakeAgent::CompleteQuery(Context*, const device::v1::CompleteQueryRequest* request,
                                device::v1::CompleteQueryResponse* response) {
  if (request->exchange_id() != "exchange " + std::to_string(queries)) {
    return {StatusCode::NOT_FOUND, "no such exchange"};
  }
  if (request->answer().ciphertext() != "result") return NotAuthenticated();
  *response = asked_for_receipt_ ? receipt_outcome : query_outcome;
  if (payment_open && response->has_receipt()) {
    payment_open = false;
    *last_closed.mutable_receipt() = response->receipt();
  }
  return Status::OK;
}

Status FakeAgent::ConfirmPayment(Context*, const device::v1::ConfirmPaymentRequest* request,
                                 device::v1::ConfirmPaymentResponse* response) {
  if (request->payment_id() != kPayment || !payment_open) return {StatusCode::NOT_FOUND, "none"};
  if (keys_lost) return KeysLost();
  if (request->answer().ciphertext() == "authorization") {
    *response->mutable_confirmation() = Message("confirmation");
    return Status::OK;
  }
  if (request->answer().ciphertext() != "decline") return NotAuthenticated();
  payment_open = false;
  SetDecline(response->mutable_decline());
  return Status::OK;
}

Status FakeAgent::CompletePayment(Context*, const device::v1::CompletePaymentRequest* request,
                                  device::v1::CompletePaymentResponse* response) {
  if (request->payment_id() != kPayment) return {StatusCode::NOT_FOUND, "none"};
  if (!payment_open) {
    *response = last_closed;
    if (!last_closed.has_receipt() && !last_closed.has_decline()) {
      return {StatusCode::FAILED_PRECONDITION, "abandoned"};
    }
    return Status::OK;
  }
  if (keys_lost) return KeysLost();
  if (request->answer().ciphertext() == "receipt") {
    payments::v1::Receipt receipt;
    receipt.set_payment_id(kPayment);
    response->mutable_receipt()->set_receipt(receipt.SerializeAsString());
  } else if (request->answer().ciphertext() == "decline") {
    SetDecline(response->mutable_decline());
  } else {
    return NotAuthenticated();
  }
  payment_open = false;
  last_closed = *response;
  return Status::OK;
}

Status FakeAgent::DescribeOpenPayment(Context*, const device::v1::DescribeOpenPaymentRequest*,
                                      device::v1::DescribeOpenPaymentResponse* response) {
  if (!payment_open) return Status::OK;
  device::v1::OpenPayment& open = *response->mutable_payment();
  open.set_payment_id(kPayment);
  open.mutable_amount()->set_currency_code("EUR");
  open.mutable_amount()->set_amount_minor(1250);
  open.set_payee("corner-coffee");
  open.set_payee_name("Corner Coffee");
  *open.mutable_message() = Message("instruction");
  return Status::OK;
}

Status FakeAgent::AbandonPayment(Context*, const device::v1::AbandonPaymentRequest*,
                                 device::v1::AbandonPaymentResponse*) {
  if (!may_abandon) return {StatusCode::FAILED_PRECONDITION, "it may still move money"};
  payment_open = false;
  return Status::OK;
}

Status FakeGateway::Exchange(grpc::ServerContext* context,
                             const gateway::v1::ExchangeRequest* request,
                             gateway::v1::ExchangeResponse* response) {
  received.push_back(request->message().SerializeAsString());
  std::string ciphertext;
  const Status status =
      answer(request->message().ciphertext(), static_cast<int>(received.size()), ciphertext);
  *response->mutable_answer() = Message(ciphertext);
  if (!request_id.empty()) context->AddTrailingMetadata(rpc::kRequestIdKey, request_id);
  return status;
}

FakeEnrollmentGateway::FakeEnrollmentGateway()
    : ca_key_(openssl::P256PrivateKey::Generate().value()) {
  openssl::CertificateSpec spec;
  spec.profile = openssl::CertificateProfile::kSigningCa;
  spec.common_name = "device CA";
  spec.not_after_unix_s = kFarFuture;
  spec.public_key_spki_der = ca_key_->PublicKeyDer();
  ca_der_ = openssl::IssueCertificate(spec, "", *ca_key_).value();
}

Status FakeEnrollmentGateway::Enroll(grpc::ServerContext*,
                                     const gateway::v1::EnrollRequest* request,
                                     gateway::v1::EnrollResponse* response) {
  received.push_back(request->enrollment().SerializeAsString());
  device::v1::EnrollmentContent content;
  if (!content.ParseFromString(request->enrollment().content())) {
    return {StatusCode::PERMISSION_DENIED, "enrollment refused"};
  }
  openssl::CertificateSpec spec;
  spec.common_name = "terminal";
  spec.spiffe_id = "spiffe://signet/device/0000002a";
  spec.not_after_unix_s = kFarFuture;
  spec.public_key_spki_der = certify_another_key
                                 ? openssl::P256PrivateKey::Generate().value()->PublicKeyDer()
                                 : openssl::VerifyCsr(content.terminal_csr_der()).value();
  device::v1::EnrollmentAnswer enrolled;
  enrolled.set_device_id(std::string("\0\0\0\x2a", 4));
  enrolled.set_terminal_certificate_der(openssl::IssueCertificate(spec, ca_der_, *ca_key_).value());
  enrolled.set_device_ca_certificate_der(ca_der_);
  enrolled.set_receipt_public_key_der(ca_key_->PublicKeyDer());
  // Not signed: the terminal could not tell.
  response->mutable_enrollment()->set_content(unreadable ? "unreadable"
                                                         : enrolled.SerializeAsString());
  return answer(static_cast<int>(received.size()));
}

}  // namespace signet::terminal
