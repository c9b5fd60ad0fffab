// The gateway between real TLS clients and a crypto service made for the test.
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "libs/base/big_endian.h"
#include "libs/rpc/call_stream/call_stream_server.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/tls.h"
#include "signet/crypto/v1/crypto.grpc.pb.h"
#include "signet/gateway/v1/gateway.grpc.pb.h"
#include "tests/integration/gateway/gateway_process.h"
#include "tests/integration/rpc/test_pki.h"
#include "tests/integration/serving/http.h"
#include "tests/support/process.h"

namespace signet::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr uint32_t kDevice = 0x2a;
constexpr std::chrono::seconds kTimeout(10);

// Answers as the test tells it, and remembers what it was asked.
class ScriptedCrypto final : public crypto::v1::SealedExchange::CallbackService {
 public:
  using Streams = rpc::CallStreamServer<crypto::v1::ExchangeBatch, crypto::v1::ExchangeAnswers>;

  Streams::Reactor* Exchange(grpc::CallbackServerContext* context) override {
    return streams_.Open(context);
  }
  void Drain() { streams_.Drain(); }
  void AnswerWith(const grpc::Status& status) {
    absl::MutexLock lock(&mutex_);
    status_ = status;
  }
  crypto::v1::ExchangeRequest last() {
    absl::MutexLock lock(&mutex_);
    return last_;
  }
  // Answers no more until Release.
  void Hold() {
    absl::MutexLock lock(&mutex_);
    holding_ = true;
  }
  void AwaitHeld(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [&]()
                            ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return held_.size() == count; };
    mutex_.Await(absl::Condition(&enough));
  }
  void Release() {
    std::vector<std::unique_ptr<Streams::Call>> held;
    {
      absl::MutexLock lock(&mutex_);
      holding_ = false;
      held = std::move(held_);
    }
    for (auto& call : held) Answer(std::move(call));
  }
  std::atomic<int> calls = 0;

 private:
  void Answer(std::unique_ptr<Streams::Call> call) {
    {
      absl::MutexLock lock(&mutex_);
      if (holding_) return held_.push_back(std::move(call));
    }
    ++calls;
    crypto::v1::ExchangeResponse response;
    response.mutable_answer()->set_ciphertext("answer to " +
                                              call->request().message().ciphertext());
    grpc::Status status;
    {
      absl::MutexLock lock(&mutex_);
      last_ = call->request();
      status = status_;
    }
    Streams::Call::Finish(std::move(call), status, std::move(response));
  }

  Streams streams_{"exchange",
                   [this](std::unique_ptr<Streams::Call> call) { Answer(std::move(call)); }};
  absl::Mutex mutex_;
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
  crypto::v1::ExchangeRequest last_ ABSL_GUARDED_BY(mutex_);
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::unique_ptr<Streams::Call>> held_ ABSL_GUARDED_BY(mutex_);
};

class ScriptedEnrollment final : public crypto::v1::Enrollment::CallbackService {
 public:
  grpc::ServerUnaryReactor* Enroll(grpc::CallbackServerContext* context,
                                   const crypto::v1::EnrollRequest* request,
                                   crypto::v1::EnrollResponse* response) override {
    ++calls;
    response->mutable_enrollment()->set_content("answer to " + request->enrollment().content());
    response->mutable_enrollment()->set_signature("signature");
    auto* reactor = context->DefaultReactor();
    absl::MutexLock lock(&mutex_);
    if (holding_) {
      held_.push_back(reactor);
    } else {
      reactor->Finish(grpc::Status::OK);
    }
    return reactor;
  }
  // Answers no more until Release, for ever so many.
  void Hold() {
    absl::MutexLock lock(&mutex_);
    holding_ = true;
  }
  void AwaitHeld() {
    const auto held = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !held_.empty(); };
    absl::MutexLock lock(&mutex_, absl::Condition(&held));
  }
  void Release() {
    absl::MutexLock lock(&mutex_);
    holding_ = false;
    for (auto* reactor : held_) reactor->Finish(grpc::Status::OK);
    held_.clear();
  }
  std::atomic<int> calls = 0;

 private:
  absl::Mutex mutex_;
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<grpc::ServerUnaryReactor*> held_ ABSL_GUARDED_BY(mutex_);
};

sealing::v1::SealedMessage MessageOf(
    uint32_t device_id,
    sealing::v1::MessageType type = sealing::v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION) {
  sealing::v1::MessageHeader header;
  header.set_version(1);
  header.set_type(type);
  std::string ksn = "BDK0";
  AppendBigEndian32(ksn, device_id);
  AppendBigEndian32(ksn, 1);
  header.set_ksn(ksn);
  sealing::v1::SealedMessage message;
  message.set_header(header.SerializeAsString());
  message.set_ciphertext("sealed");
  return message;
}

class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest()
      : service_ca_(folder_.path(), "service-ca"), device_ca_(folder_.path(), "device-ca") {}

  void SetUp() override {
    rpc::MethodPolicy policy;
    policy.Allow("/signet.crypto.v1.SealedExchange/*", {rpc::Role::kGateway})
        .Allow("/signet.crypto.v1.Enrollment/*", {rpc::Role::kGateway});
    const auto files = service_ca_.Issue("crypto", {"spiffe://signet/crypto", {"signet-crypto"}});
    rpc::ListenerOptions options;
    options.address = "127.0.0.1:0";
    options.credentials = *rpc::MutualTlsServer(files, policy, nullptr);
    auto running = rpc::StartServer(options, {&crypto_, &enrollment_});
    ASSERT_TRUE(running.ok()) << running.status();
    crypto_server_ = *std::move(running);
  }
  void TearDown() override {
    EXPECT_EQ(gateway_->Stop(), 0);
    crypto_.Drain();
    rpc::DrainServer(crypto_server_, std::chrono::seconds(1));
  }

  void StartGateway(const std::vector<std::string>& more = {}) {
    const auto files =
        service_ca_.Issue("gateway", {"spiffe://signet/gateway", {"signet-gateway"}});
    std::vector<std::string> arguments = {"--listen",
                                          "127.0.0.1:0",
                                          "--enrollment-listen",
                                          "127.0.0.1:0",
                                          "--admin-listen",
                                          "127.0.0.1:0",
                                          "--crypto-address",
                                          crypto_server_.address,
                                          "--tls-certificate",
                                          files.certificate,
                                          "--tls-key",
                                          files.private_key,
                                          "--tls-roots",
                                          files.trust_roots,
                                          "--device-ca",
                                          device_ca_.roots(),
                                          "--log-level",
                                          "off"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    gateway_ = std::make_unique<GatewayProcess>(folder_.path(), arguments);
    ASSERT_NE(gateway_->Address("listen"), "");
  }

  // As a terminal does: its certificate is of the device CA, its roots are the service CA's.
  grpc::Status Exchange(const sealing::v1::SealedMessage& message,
                        gateway::v1::ExchangeResponse* response = nullptr,
                        const std::string& spiffe_id = "spiffe://signet/device/0000002a") {
    rpc::TlsFiles files = device_ca_.Issue("terminal", {spiffe_id});
    files.trust_roots = service_ca_.roots();
    auto credentials = rpc::MutualTlsClient(files);
    EXPECT_TRUE(credentials.ok()) << credentials.status();
    const auto stub = gateway::v1::PaymentGateway::NewStub(
        rpc::Connect(gateway_->Address("listen"), "signet-gateway", *credentials));
    grpc::ClientContext context;
    rpc::SetDeadline(context, kTimeout);
    gateway::v1::ExchangeRequest request;
    *request.mutable_message() = message;
    gateway::v1::ExchangeResponse ignored;
    return stub->Exchange(&context, request, response == nullptr ? &ignored : response);
  }
  grpc::Status Enroll(const std::string& content,
                      device::v1::EnrollmentResponse* enrollment = nullptr) {
    auto credentials = rpc::AnonymousTlsClient(service_ca_.roots());
    EXPECT_TRUE(credentials.ok()) << credentials.status();
    const auto stub = gateway::v1::EnrollmentGateway::NewStub(
        rpc::Connect(gateway_->Address("enrollment"), "signet-gateway", *credentials));
    grpc::ClientContext context;
    rpc::SetDeadline(context, kTimeout);
    gateway::v1::EnrollRequest request;
    request.mutable_enrollment()->set_content(content);
    gateway::v1::EnrollResponse response;
    const grpc::Status status = stub->Enroll(&context, request, &response);
    if (enrollment != nullptr) *enrollment = response.enrollment();
    return status;
  }
  std::string Admin(const std::string& path) {
    return AskHttp(gateway_->Address("admin"), "GET " + path);
  }
  // Whether the page says that within a minute.
  bool AwaitAdmin(const std::string& path, const std::string& text) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    bool says_so = false;
    while (!says_so && std::chrono::steady_clock::now() < end) {
      says_so = Admin(path).find(text) != std::string::npos;
    }
    return says_so;
  }

  TempDir folder_;
  TestCa service_ca_;
  TestCa device_ca_;
  ScriptedCrypto crypto_;
  ScriptedEnrollment enrollment_;
  rpc::RunningServer crypto_server_;
  std::unique_ptr<GatewayProcess> gateway_;
};

TEST_F(GatewayTest, AMessageGoesToCryptoWithItsChannelsDeviceAndTheAnswerComesBack) {
  StartGateway();
  gateway::v1::ExchangeResponse response;
  const auto message = MessageOf(kDevice);
  const grpc::Status status = Exchange(message, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.answer().ciphertext(), "answer to sealed");
  EXPECT_EQ(crypto_.last().device_id(), kDevice);
  EXPECT_EQ(crypto_.last().message().SerializeAsString(), message.SerializeAsString());
  EXPECT_THAT(Admin("/readyz"), HasSubstr("\r\n\r\nready\n"));
  EXPECT_THAT(Admin("/metrics"),
              AllOf(HasSubstr("grpc_server_handled_total{grpc_code=\"OK\",grpc_method=\"Exchange\","
                              "grpc_service=\"signet.gateway.v1.PaymentGateway\"} 1"),
                    HasSubstr("grpc_client_handled_total{grpc_code=\"OK\",grpc_method=\"Exchange\","
                              "grpc_service=\"signet.crypto.v1.SealedExchange\"} 1"),
                    HasSubstr("signet_tls_certificate_not_after_seconds ")));
}

TEST_F(GatewayTest, WhatIsNotTheChannelsDevicesNeverReachesCrypto) {
  StartGateway();
  sealing::v1::SealedMessage oversized = MessageOf(kDevice);
  oversized.set_ciphertext(std::string(16 * 1024, 'x'));
  sealing::v1::SealedMessage garbled = MessageOf(kDevice);
  garbled.set_header("\xff\xff");
  for (const auto& message :
       {MessageOf(kDevice + 1), oversized, garbled, sealing::v1::SealedMessage()}) {
    const grpc::Status status = Exchange(message);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(status.error_message(), "message refused");
  }
  EXPECT_EQ(crypto_.calls, 0);
  EXPECT_THAT(Admin("/metrics"),
              AllOf(HasSubstr("signet_messages_rejected_total{reason=\"wrong_channel\"} 1"),
                    HasSubstr("signet_messages_rejected_total{reason=\"oversized\"} 1"),
                    HasSubstr("signet_messages_rejected_total{reason=\"bad_header\"} 2")));
}

TEST_F(GatewayTest, OnlyDevicesMayCall) {
  StartGateway();
  const grpc::Status status =
      Exchange(MessageOf(kDevice), nullptr, "spiffe://signet/operator/mallory");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(crypto_.calls, 0);
  EXPECT_THAT(Admin("/metrics"),
              HasSubstr("signet_authz_denied_total{method=\"signet.gateway.v1.PaymentGateway/"
                        "Exchange\"} 1"));
}

TEST_F(GatewayTest, DetailsOfErrorsStayInside) {
  StartGateway();
  const std::string secret = "row 7 of table account";
  struct Case {
    grpc::StatusCode inside;
    grpc::StatusCode outside;
  };
  for (const Case& c :
       {Case{grpc::StatusCode::INTERNAL, grpc::StatusCode::INTERNAL},
        Case{grpc::StatusCode::FAILED_PRECONDITION, grpc::StatusCode::INTERNAL},
        Case{grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::UNAVAILABLE},
        Case{grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::RESOURCE_EXHAUSTED},
        Case{grpc::StatusCode::PERMISSION_DENIED, grpc::StatusCode::PERMISSION_DENIED}}) {
    crypto_.AnswerWith({c.inside, secret});
    const grpc::Status status = Exchange(MessageOf(kDevice));
    EXPECT_EQ(status.error_code(), c.outside);
    EXPECT_EQ(status.error_message().find(secret), std::string::npos) << status.error_message();
  }
}

TEST_F(GatewayTest, ADeviceThatCallsTooOftenIsTurnedAway) {
  StartGateway({"--device-rate", "0.001", "--device-burst", "2"});
  EXPECT_TRUE(Exchange(MessageOf(kDevice)).ok());
  EXPECT_TRUE(Exchange(MessageOf(kDevice)).ok());
  EXPECT_EQ(Exchange(MessageOf(kDevice)).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(Exchange(MessageOf(kDevice + 1), nullptr, "spiffe://signet/device/0000002b").ok());
  EXPECT_EQ(crypto_.calls, 3);
  EXPECT_THAT(Admin("/metrics"), HasSubstr("signet_requests_limited_total{limit=\"device\"} 1"));
}

TEST_F(GatewayTest, EnrollmentIsAnonymousAndNarrow) {
  StartGateway({"--enrollment-peer-rate", "0.001", "--enrollment-peer-burst", "2"});
  device::v1::EnrollmentResponse enrollment;
  const grpc::Status status = Enroll("content", &enrollment);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(enrollment.content(), "answer to content");
  EXPECT_EQ(enrollment.signature(), "signature");
  EXPECT_EQ(Enroll(std::string(17 * 1024, 'x')).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Enroll("content").error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(enrollment_.calls, 1);
  EXPECT_THAT(Admin("/metrics"),
              HasSubstr("signet_requests_limited_total{limit=\"enrollment_peer\"} 1"));
}

TEST_F(GatewayTest, AFloodOfEnrollmentsKeepsNoPaymentOut) {
  StartGateway({"--max-under-way", "1", "--max-enrollments-under-way", "1"});
  enrollment_.Hold();
  auto first = std::async(std::launch::async, [this] { return Enroll("first"); });
  enrollment_.AwaitHeld();
  EXPECT_EQ(Enroll("second").error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  const grpc::Status paid = Exchange(MessageOf(kDevice));
  EXPECT_TRUE(paid.ok()) << paid.error_message();
  enrollment_.Release();
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(Enroll("third").ok());
  EXPECT_THAT(Admin("/metrics"),
              AllOf(HasSubstr("signet_requests_limited_total{limit=\"enrollment_under_way\"} 1"),
                    HasSubstr("signet_requests_limited_total{limit=\"under_way\"} 0")));
}

TEST_F(GatewayTest, PaymentsThatHaveBegunComeFirst) {
  StartGateway({"--max-under-way", "4"});
  crypto_.Hold();
  std::vector<std::future<grpc::Status>> held;
  const auto send_and_hold = [&](sealing::v1::MessageType type) {
    held.push_back(std::async(std::launch::async,
                              [this, type] { return Exchange(MessageOf(kDevice, type)); }));
    crypto_.AwaitHeld(held.size());
  };
  for (int i = 0; i < 3; ++i) send_and_hold(sealing::v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION);
  EXPECT_EQ(Exchange(MessageOf(kDevice)).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  send_and_hold(sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION);
  EXPECT_EQ(
      Exchange(MessageOf(kDevice, sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION)).error_code(),
      grpc::StatusCode::RESOURCE_EXHAUSTED);
  crypto_.Release();
  for (auto& status : held) EXPECT_TRUE(status.get().ok());
  EXPECT_THAT(Admin("/metrics"), HasSubstr("signet_requests_limited_total{limit=\"under_way\"} 2"));
}

// A connection alone would not do: this service takes it and serves nothing.
TEST_F(GatewayTest, ItIsReadyWhileACryptoServiceAnswers) {
  rpc::DrainServer(crypto_server_, std::chrono::seconds(1));
  const auto files = service_ca_.Issue("other", {"spiffe://signet/crypto", {"signet-crypto"}});
  rpc::ListenerOptions options;
  options.address = crypto_server_.address;
  options.credentials = *rpc::MutualTlsServer(files, rpc::MethodPolicy(), nullptr);
  ScriptedCrypto other;
  rpc::RunningServer silent = rpc::StartServer(options, {&other}).value();
  StartGateway();
  EXPECT_THAT(Admin("/readyz"), HasSubstr("no crypto service answers at " + options.address));
  EXPECT_THAT(Admin("/metrics"), HasSubstr("\nsignet_gateway_crypto_up 0\n"));
  rpc::DrainServer(silent, std::chrono::seconds(1));

  rpc::MethodPolicy policy;
  policy.Allow("/signet.crypto.v1.SealedExchange/*", {rpc::Role::kGateway});
  options.credentials = *rpc::MutualTlsServer(files, policy, nullptr);
  ScriptedCrypto back;
  rpc::RunningServer answering = rpc::StartServer(options, {&back}).value();
  EXPECT_TRUE(AwaitAdmin("/readyz", "\r\n\r\nready\n"));
  EXPECT_THAT(Admin("/metrics"), HasSubstr("\nsignet_gateway_crypto_up 1\n"));
  back.Drain();
  rpc::DrainServer(answering, std::chrono::seconds(1));
  EXPECT_TRUE(AwaitAdmin("/readyz", "no crypto service answers"));
}

TEST_F(GatewayTest, WithoutCryptoItIsAliveButNotReady) {
  crypto_.Drain();
  rpc::DrainServer(crypto_server_, std::chrono::seconds(1));
  StartGateway();
  EXPECT_THAT(Admin("/livez"), HasSubstr("\r\n\r\nlive\n"));
  EXPECT_THAT(Admin("/readyz"),
              HasSubstr("no crypto service answers at " + crypto_server_.address));
  EXPECT_THAT(Admin("/metrics"), HasSubstr("\nsignet_gateway_crypto_up 0\n"));
  const grpc::Status status = Exchange(MessageOf(kDevice));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("send the same message again"));
}

}  // namespace
}  // namespace signet::testing
