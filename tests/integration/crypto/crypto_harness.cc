#include "tests/integration/crypto/crypto_harness.h"

#include <cstdlib>

#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "libs/openssl/certificate.h"
#include "services/crypto/enrollment_rules.h"
#include "tests/integration/crypto/server_token.h"
#include "tests/support/call_streams.h"

namespace signet::crypto {
namespace {

constexpr size_t kHsmThreads = 2;

HsmOptions OptionsFor(const HarnessLimits& limits) {
  HsmOptions options = TestServerToken().hsm_options();
  options.objects_per_session = limits.objects_per_session;
  options.reopen_pause = limits.reopen_pause;
  options.proof_interval = limits.proof_interval;
  if (!limits.module.empty()) options.token.library_path = limits.module;
  return options;
}

bool IsEmpty(serving::Admission& admission, size_t limit) {
  size_t entered = 0;
  while (entered < limit && admission.TryEnter()) ++entered;
  for (size_t i = 0; i < entered; ++i) admission.Leave();
  return entered == limit;
}

}  // namespace

CryptoHarness::CryptoHarness(const HarnessLimits& limits)
    : limits_(limits),
      hsm_metrics_(metrics_),
      refusals_(metrics_),
      device_keys_(100),
      admission_(limits.in_flight),
      enrollment_admission_(limits.enrollments),
      hsm_(ServerHsm::Open(OptionsFor(limits), hsm_metrics_).value()),
      threads_(kHsmThreads, limits.queue),
      shared_{threads_, admission_, limits.platform_timeout},
      enrollment_shared_{threads_, enrollment_admission_, limits.platform_timeout},
      platform_channel_(platform_.Channel()),
      registry_(platform_channel_),
      processor_stub_(platform_channel_),
      processor_("/signet.platform.v1.PaymentProcessor/Process",
                 [this](grpc::ClientContext* context, auto* reactor) {
                   processor_stub_.async()->Process(context, reactor);
                 }),
      exchange_({shared_, *hsm_, clock_, device_keys_, refusals_, registry_, processor_, kTestBdkId,
                 openssl::TrustAnchor::Parse(TestServerToken().device_ca_der()).value()}),
      enrollment_({enrollment_shared_, *hsm_, clock_, registry_, kTestBdkId,
                   TestServerToken().device_ca_der(), 825},
                  metrics_) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&exchange_);
  builder.RegisterService(&enrollment_);
  server_ = builder.BuildAndStart();
  auto channel =
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
  exchange_stub_ = v1::SealedExchange::NewStub(channel);
  exchanges_ = std::make_unique<rpc::CallStreamClient<v1::ExchangeBatch, v1::ExchangeAnswers>>(
      "exchange", [this](grpc::ClientContext* context, auto* reactor) {
        exchange_stub_->async()->Exchange(context, reactor);
      });
  enrollment_stub_ = v1::Enrollment::NewStub(channel);
}

CryptoHarness::~CryptoHarness() {
  StopServer();
  exchanges_.reset();
  threads_.Stop();
}

void CryptoHarness::StopServer() {
  exchange_.Drain();
  server_->Shutdown();
  server_->Wait();
}

CryptoHarness::Answer CryptoHarness::Exchange(const sealing::v1::SealedMessage& message,
                                              uint32_t channel_device_id,
                                              std::chrono::milliseconds deadline) {
  v1::ExchangeRequest request;
  *request.mutable_message() = message;
  request.set_device_id(channel_device_id);
  auto answer = testing::CallAndWait(*exchanges_, std::move(request), deadline);
  return {answer.status, answer.response.answer()};
}

grpc::Status CryptoHarness::Enroll(const device::v1::EnrollmentRequest& request,
                                   device::v1::EnrollmentResponse& response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  v1::EnrollRequest enroll;
  *enroll.mutable_enrollment() = request;
  v1::EnrollResponse answer;
  const grpc::Status status = enrollment_stub_->Enroll(&context, enroll, &answer);
  response = answer.enrollment();
  return status;
}

std::string CryptoHarness::IssueDeviceCertificate(uint32_t device_id,
                                                  const std::string& public_key_der) {
  Enrollee enrollee;
  enrollee.device_key_spki_der = public_key_der;
  const auto spec = DeviceCertificateSpec(enrollee, device_id, clock_.NowUnixMs() / 1000, 30);
  return hsm_->IssueCertificate(0, spec, TestServerToken().device_ca_der()).value();
}

SoftwareDevice CryptoHarness::AddDevice(uint32_t device_id) {
  SoftwareDevice device(TestServerToken().bdk(), kTestBdkId, device_id);
  platform_.SetCertificate(device_id, IssueDeviceCertificate(device_id, device.public_key_der()));
  return device;
}

double CryptoHarness::Metric(const std::string& series) const {
  const std::string text = "\n" + metrics_.Serialize();
  const size_t at = text.find("\n" + series + " ");
  if (at == std::string::npos) return -1;
  return std::strtod(text.c_str() + at + series.size() + 2, nullptr);
}

bool CryptoHarness::AllLeft() {
  return IsEmpty(admission_, limits_.in_flight) &&
         IsEmpty(enrollment_admission_, limits_.enrollments);
}

}  // namespace signet::crypto
