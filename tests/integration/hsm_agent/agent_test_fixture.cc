#include <algorithm>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hsm_agent/module/token_objects.h"
#include "libs/base/activation_code.h"
#include "libs/base/hex.h"
#include "libs/openssl/certificate.h"
#include "tests/integration/hsm_agent/agent_test.h"

namespace signet::hsm_agent {
namespace {

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(value.status().ToString());
  return *std::move(value);
}

std::string Line(const pkcs11::KeyDescription& key) {
  std::vector<std::string> words;
  const auto add = [&words](bool value, const char* name) {
    if (value) words.emplace_back(name);
  };
  add(key.on_token, "token");
  add(key.is_private, "private");
  add(key.sensitive, "sensitive");
  add(key.extractable, "EXTRACTABLE");
  add(key.never_extractable, "never-extractable");
  add(key.local, "local");
  add(key.modifiable, "MODIFIABLE");
  add(key.copyable, "COPYABLE");
  add(key.always_authenticate, "always-authenticate");
  for (const pkcs11::Usage usage : key.usages) {
    words.push_back(absl::StrCat("+", pkcs11::UsageName(usage)));
  }
  for (const pkcs11::Mechanism mechanism : key.allowed_mechanisms) {
    words.emplace_back(pkcs11::MechanismName(mechanism));
  }
  return absl::StrCat(key.label, " ", ToHex(key.id), " ", key.object_class, " ", key.key_type, ": ",
                      absl::StrJoin(words, " "));
}

}  // namespace

testing::SoftToken* AgentTest::soft_token_ = nullptr;
pkcs11::Session* AgentTest::server_session_ = nullptr;
int AgentTest::next_device_ = 0;

// One for all tests: SoftHSM reads its configuration once per process.
class SharedToken final : public ::testing::Environment {
 public:
  void SetUp() override {
    AgentTest::soft_token_ = Must(testing::SoftToken::Create("server")).release();
    AgentTest::server_session_ = Must(AgentTest::soft_token_->LoggedIn()).release();
  }
  void TearDown() override {
    delete std::exchange(AgentTest::server_session_, nullptr);
    delete std::exchange(AgentTest::soft_token_, nullptr);
  }
};
const ::testing::Environment* const kSharedToken =
    ::testing::AddGlobalTestEnvironment(new SharedToken);

void AgentTest::SetUp() {
  token_label_ = absl::StrCat("device-", ++next_device_);
  slot_ = Must(soft_token_->AddToken(token_label_));
  host_ = std::make_unique<SoftwareHost>(*server_session_);
  device_ca_ = host_->device_ca();
  terminal_key_ = Must(openssl::P256PrivateKey::Generate());
  terminal_csr_ =
      Must(openssl::BuildCsr("terminal", terminal_key_->PublicKeyDer(), *terminal_key_));
  RestartAgent();
}

void AgentTest::TearDown() {
  agent_.reset();
  slot_.reset();
}

void AgentTest::RestartAgent() {
  agent_.reset();
  agent_ = std::make_unique<Agent>(Must(StateFile::Open(state_folder_.path())),
                                   Must(DeviceToken::Open(module_path_, token_label_)),
                                   std::make_unique<BorrowedPerson>(person_), device_ca_, clock_);
}

device::v1::BeginEnrollmentRequest AgentTest::EnrollmentRequest() const {
  device::v1::BeginEnrollmentRequest request;
  request.set_activation_code(FormatActivationCode(Secret("0123456789abcdef")));
  request.set_terminal_csr_der(terminal_csr_);
  return request;
}

void AgentTest::Enroll() {
  const auto begun = Must(agent_->BeginEnrollment(EnrollmentRequest(), nullptr));
  device::v1::CompleteEnrollmentRequest complete;
  *complete.mutable_enrollment() = Must(host_->Enroll(begun.enrollment()));
  Must(agent_->CompleteEnrollment(complete, nullptr));
  person_.prompts.clear();
}

absl::StatusOr<device::v1::CompleteQueryResponse> AgentTest::Ask(const payments::v1::Query& query) {
  device::v1::BeginQueryRequest begin;
  *begin.mutable_query() = query;
  absl::StatusOr<device::v1::BeginQueryResponse> begun = agent_->BeginQuery(begin, nullptr);
  if (!begun.ok()) return begun.status();
  device::v1::CompleteQueryRequest complete;
  complete.set_exchange_id(begun->exchange_id());
  *complete.mutable_answer() = Must(host_->Exchange(begun->message()));
  return agent_->CompleteQuery(complete, nullptr);
}

absl::StatusOr<device::v1::CompleteQueryResponse> AgentTest::AskForPayee(
    const std::string& handle) {
  payments::v1::Query query;
  query.mutable_payee()->set_payee(handle);
  return Ask(query);
}

absl::StatusOr<device::v1::CompleteQueryResponse> AgentTest::AskForPayment(
    const std::string& payment_id) {
  payments::v1::Query query;
  query.mutable_payment()->set_payment_id(payment_id);
  return Ask(query);
}

absl::StatusOr<device::v1::CompleteQueryResponse> AgentTest::AskForReceipt(
    const std::string& payment_id) {
  payments::v1::Query query;
  query.mutable_receipt()->set_payment_id(payment_id);
  return Ask(query);
}

absl::StatusOr<device::v1::BeginPaymentResponse> AgentTest::Begin(int64_t amount_minor,
                                                                  const std::string& payee) {
  device::v1::BeginPaymentRequest request;
  request.mutable_amount()->set_currency_code("EUR");
  request.mutable_amount()->set_amount_minor(amount_minor);
  request.set_payee(payee);
  request.set_reference("table 5");
  return agent_->BeginPayment(request, nullptr);
}

absl::StatusOr<device::v1::ConfirmPaymentResponse> AgentTest::Confirm(
    const std::string& payment_id, const sealing::v1::SealedMessage& answer) {
  device::v1::ConfirmPaymentRequest request;
  request.set_payment_id(payment_id);
  *request.mutable_answer() = answer;
  return agent_->ConfirmPayment(request, nullptr);
}

absl::StatusOr<device::v1::CompletePaymentResponse> AgentTest::Complete(
    const std::string& payment_id, const sealing::v1::SealedMessage& answer) {
  device::v1::CompletePaymentRequest request;
  request.set_payment_id(payment_id);
  *request.mutable_answer() = answer;
  return agent_->CompletePayment(request, nullptr);
}

absl::StatusOr<device::v1::AbandonPaymentResponse> AgentTest::Abandon(
    const std::string& payment_id) {
  device::v1::AbandonPaymentRequest request;
  request.set_payment_id(payment_id);
  return agent_->AbandonPayment(request, nullptr);
}

device::v1::BeginPaymentResponse AgentTest::BeginOrFail() {
  Must(AskForPayee("coffee"));
  return Must(Begin());
}

sealing::v1::SealedMessage AgentTest::ConfirmOrFail(const device::v1::BeginPaymentResponse& begun) {
  return Must(Confirm(begun.payment_id(), Must(host_->Exchange(begun.instruction()))))
      .confirmation();
}

bool AgentTest::IsPaymentOpen() {
  return Must(agent_->DescribeOpenPayment({}, nullptr)).has_payment();
}

void AgentTest::LosePaymentKeys() {
  {
    const std::unique_ptr<pkcs11::Session> session = OpenSession();
    for (const char* const label : {kPaymentRequestLabel, kPaymentResponseLabel}) {
      pkcs11::ObjectFilter filter;
      filter.label = label;
      const absl::Status destroyed = session->Destroy(Must(session->FindOne(filter)));
      if (!destroyed.ok()) throw std::runtime_error(destroyed.ToString());
    }
  }
  RestartAgent();
}

std::unique_ptr<pkcs11::Session> AgentTest::OpenSession() {
  return Must(pkcs11::Session::Open(*slot_));
}

std::vector<std::string> AgentTest::TokenObjects(bool with_session_objects) {
  const std::unique_ptr<pkcs11::Session> session = OpenSession();
  pkcs11::ObjectFilter all;
  all.token_objects_only = !with_session_objects;
  std::vector<std::string> lines;
  for (const pkcs11::ObjectHandle object : Must(session->Find(all))) {
    lines.push_back(Line(Must(session->Describe(object))));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace signet::hsm_agent
