// Servers and channels of libs/rpc over real TLS on loopback.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "libs/program/log.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/tls.h"
#include "libs/serving/rpc_metrics.h"
#include "signet/gateway/v1/gateway.grpc.pb.h"
#include "tests/integration/rpc/test_pki.h"
#include "tests/support/process.h"

namespace signet::rpc {
namespace {

using ::signet::testing::TempDir;
using ::signet::testing::TestCa;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kExchange[] = "/signet.gateway.v1.PaymentGateway/Exchange";
constexpr char kDeviceId[] = "spiffe://signet/device/0000002a";

// Answers with the message that it was sent.
class EchoService final : public gateway::v1::PaymentGateway::CallbackService {
 public:
  grpc::ServerUnaryReactor* Exchange(grpc::CallbackServerContext* context,
                                     const gateway::v1::ExchangeRequest* request,
                                     gateway::v1::ExchangeResponse* response) override {
    *response->mutable_answer() = request->message();
    ++calls;
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  std::atomic<int> calls = 0;
};

// openssl s_client's messages on one handshake. arguments: besides the address and the roots.
std::string TryHandshake(const std::string& address, const TlsFiles& client,
                         const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {
      "openssl", "s_client",        "-connect",         address, "-alpn",
      "h2",      "-cert",           client.certificate, "-key",  client.private_key,
      "-CAfile", client.trust_roots};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const testing::ProcessResult result = testing::RunProgram(command);
  return result.out + result.err;
}

class TlsTest : public ::testing::Test {
 protected:
  TlsTest()
      : ca_(folder_.path(), "ca"),
        other_ca_(folder_.path(), "other-ca"),
        server_files_(ca_.Issue("server", {"spiffe://signet/gateway", {"signet-gateway"}})),
        device_files_(ca_.Issue("device", {kDeviceId})) {}

  void SetUp() override {
    serving::ConfigureLog("test", "off");
    MethodPolicy policy;
    policy.Allow("/signet.gateway.v1.PaymentGateway/*", {Role::kDevice});
    auto credentials = MutualTlsServer(server_files_, policy, server_metrics_.Denied());
    ASSERT_TRUE(credentials.ok()) << credentials.status();
    Start(*credentials);
  }

  void Start(const std::shared_ptr<grpc::ServerCredentials>& credentials) {
    ListenerOptions options;
    options.address = "127.0.0.1:0";
    options.credentials = credentials;
    options.calls = &server_metrics_;
    auto running = StartServer(options, {&service_});
    ASSERT_TRUE(running.ok()) << running.status();
    running_ = *std::move(running);
  }

  void TearDown() override { DrainServer(running_, std::chrono::seconds(1)); }

  grpc::Status Call(const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                    const std::string& server_name = "signet-gateway",
                    const std::string& payload = "hello") {
    const auto channel = Connect(running_.address, server_name, credentials);
    const auto stub = gateway::v1::PaymentGateway::NewStub(channel);
    grpc::ClientContext context;
    SetDeadline(context, std::chrono::seconds(10));
    gateway::v1::ExchangeRequest request;
    request.mutable_message()->set_header(payload);
    gateway::v1::ExchangeResponse response;
    grpc::Status status = stub->Exchange(&context, request, &response);
    if (status.ok()) {
      EXPECT_EQ(response.answer().header(), payload);
    }
    return status;
  }
  grpc::Status Call(const TlsFiles& files, const std::string& server_name = "signet-gateway") {
    auto credentials = MutualTlsClient(files);
    EXPECT_TRUE(credentials.ok()) << credentials.status();
    return Call(*credentials, server_name);
  }
  grpc::Status CallMethod(const TlsFiles& files, const std::string& method) {
    auto credentials = MutualTlsClient(files);
    EXPECT_TRUE(credentials.ok()) << credentials.status();
    grpc::GenericStub stub(Connect(running_.address, "signet-gateway", *credentials));
    grpc::ClientContext context;
    SetDeadline(context, std::chrono::seconds(10));
    grpc::CompletionQueue queue;
    const grpc::Slice empty_message;
    const grpc::ByteBuffer request(&empty_message, 1);
    grpc::ByteBuffer response;
    grpc::Status status;
    auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
    call->StartCall();
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }

  TempDir folder_;
  TestCa ca_;
  TestCa other_ca_;
  TlsFiles server_files_;
  TlsFiles device_files_;
  serving::Metrics metrics_;
  ServerMetrics server_metrics_{metrics_, {"signet.gateway.v1.PaymentGateway"}};
  EchoService service_;
  RunningServer running_;
};

TEST_F(TlsTest, AnEnrolledDeviceIsServedAndCounted) {
  const grpc::Status status = Call(device_files_);
  EXPECT_TRUE(status.ok()) << status.error_message();
  DrainServer(running_, std::chrono::seconds(1));
  const std::string text = metrics_.Serialize();
  EXPECT_THAT(text, HasSubstr("grpc_server_started_total{grpc_method=\"Exchange\",grpc_service="
                              "\"signet.gateway.v1.PaymentGateway\"} 1"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handled_total{grpc_code=\"OK\",grpc_method=\"Exchange\","
                              "grpc_service=\"signet.gateway.v1.PaymentGateway\"} 1"));
}

TEST_F(TlsTest, AClientWithoutCertificateIsRefusedInTheHandshake) {
  auto credentials = AnonymousTlsClient(ca_.roots());
  ASSERT_TRUE(credentials.ok());
  EXPECT_EQ(Call(*credentials).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(TlsTest, ACertificateOfAnotherCaIsRefusedInTheHandshake) {
  TlsFiles stranger = other_ca_.Issue("stranger", {kDeviceId});
  stranger.trust_roots = ca_.roots();
  EXPECT_EQ(Call(stranger).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(TlsTest, AServerOfAnotherCaIsRefusedByTheClient) {
  TlsFiles files = device_files_;
  files.trust_roots = other_ca_.roots();
  EXPECT_EQ(Call(files).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(TlsTest, AServerWithAnotherNameIsRefusedByTheClient) {
  EXPECT_EQ(Call(device_files_, "signet-crypto").error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(TlsTest, AnExpiredClientCertificateIsToldBeforeAnythingIsSent) {
  const TlsFiles expired = ca_.Issue("expired", {kDeviceId, {}, -7200, -3600});
  const auto credentials = MutualTlsClient(expired);
  EXPECT_EQ(credentials.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(credentials.status().message()),
              AllOf(HasSubstr("expired.pem"), HasSubstr("expired on "), HasSubstr("pki issue")));
}

// gRPC's plain credentials send whatever they are given.
std::shared_ptr<grpc::ChannelCredentials> UncheckedCredentials(const TlsFiles& files) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = testing::ReadFile(files.trust_roots);
  options.pem_cert_chain = testing::ReadFile(files.certificate);
  options.pem_private_key = testing::ReadFile(files.private_key);
  return grpc::SslCredentials(options);
}

TEST_F(TlsTest, AnExpiredClientCertificateIsRefusedByTheServer) {
  const TlsFiles expired = ca_.Issue("expired", {kDeviceId, {}, -7200, -3600});
  EXPECT_EQ(Call(UncheckedCredentials(expired)).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(service_.calls, 0);
  EXPECT_TRUE(Call(UncheckedCredentials(device_files_)).ok());
}

TEST_F(TlsTest, ARoleThatIsNotNamedIsDeniedAndCounted) {
  const TlsFiles platform = ca_.Issue("platform", {"spiffe://signet/platform"});
  EXPECT_EQ(Call(platform).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(service_.calls, 0);
  EXPECT_THAT(metrics_.Serialize(),
              HasSubstr("signet_authz_denied_total{method=\"signet.gateway.v1.PaymentGateway/"
                        "Exchange\"} 1"));
}

TEST_F(TlsTest, ACertificateWithASpiffeIdOfOthersIsDenied) {
  const TlsFiles foreign = ca_.Issue("foreign", {"spiffe://elsewhere/device/0000002a"});
  EXPECT_EQ(Call(foreign).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(TlsTest, MethodsThatAreNotNamedAreDenied) {
  EXPECT_EQ(CallMethod(device_files_, "/signet.gateway.v1.EnrollmentGateway/Enroll").error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(CallMethod(device_files_, "/no.such.Service/Method").error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(CallMethod(device_files_, "/signet.gateway.v1.PaymentGateway/NoSuch").error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_THAT(metrics_.Serialize(), HasSubstr("signet_authz_denied_total{method=\"other\"} 2"));
}

TEST_F(TlsTest, NothingBesidesOurOwnServicesIsOffered) {
  for (const char* method : {"/grpc.health.v1.Health/Check",
                             "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"}) {
    EXPECT_EQ(CallMethod(device_files_, method).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  }
}

TEST_F(TlsTest, Tls12IsRefused) {
  const std::string old = TryHandshake(running_.address, device_files_, {"-tls1_2"});
  EXPECT_THAT(old, HasSubstr("Cipher is (NONE)"));
  const std::string with_key =
      TryHandshake(running_.address, device_files_,
                   {"-tls1_2", "-psk", "0102030405060708", "-cipher", "PSK-AES256-GCM-SHA384"});
  EXPECT_THAT(with_key, HasSubstr("Cipher is (NONE)"));
  EXPECT_THAT(TryHandshake(running_.address, device_files_, {"-tls1_3"}),
              HasSubstr("New, TLSv1.3"));
}

TEST_F(TlsTest, NoSessionCanBeResumed) {
  const std::string session = folder_.path() + "/session.pem";
  // Input that ends a second later leaves time for what follows the handshake.
  const std::string command = "sleep 1 | openssl s_client -connect " + running_.address +
                              " -alpn h2 -cert " + device_files_.certificate + " -key " +
                              device_files_.private_key + " -CAfile " + device_files_.trust_roots +
                              " -sess_out " + session;
  const testing::ProcessResult result = testing::RunProgram({"sh", "-c", command});
  EXPECT_THAT(result.out, HasSubstr("New, TLSv1.3"));
  EXPECT_THAT(result.out, Not(HasSubstr("Session Ticket arrived")));
  EXPECT_FALSE(std::filesystem::exists(session));
}

TEST_F(TlsTest, AMessageOverTheLimitIsRefused) {
  auto credentials = MutualTlsClient(device_files_);
  ASSERT_TRUE(credentials.ok());
  EXPECT_EQ(Call(*credentials, "signet-gateway", std::string(65 * 1024, 'x')).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(service_.calls, 0);
}

TEST_F(TlsTest, ATakenPortIsAnErrorWithARemedy) {
  auto credentials = ServerOnlyTls(server_files_, MethodPolicy(), nullptr);
  ASSERT_TRUE(credentials.ok());
  EchoService service;
  ListenerOptions options;
  options.address = running_.address;
  options.credentials = *credentials;
  const auto second = StartServer(options, {&service});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()),
              AllOf(HasSubstr(running_.address), HasSubstr("taken"), HasSubstr("choose another")));
}

TEST_F(TlsTest, ATakenSocketIsAnError) {
  ListenerOptions options;
  options.address = "unix:" + folder_.path() + "/agent.sock";
  options.credentials = grpc::InsecureServerCredentials();
  EchoService first_service;
  auto first = StartServer(options, {&first_service});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->address, options.address);
  EchoService second_service;
  EXPECT_EQ(StartServer(options, {&second_service}).status().code(),
            absl::StatusCode::kUnavailable);
  // The first one still serves.
  const auto stub =
      gateway::v1::PaymentGateway::NewStub(ConnectUnixSocket(folder_.path() + "/agent.sock"));
  grpc::ClientContext context;
  SetDeadline(context, std::chrono::seconds(10));
  gateway::v1::ExchangeResponse response;
  EXPECT_TRUE(stub->Exchange(&context, {}, &response).ok());
  EXPECT_EQ(first_service.calls, 1);
  DrainServer(*first, std::chrono::seconds(1));
}

TEST_F(TlsTest, TheEnrollmentListenerAsksForNoCertificateButKeepsItsPolicy) {
  DrainServer(running_, std::chrono::seconds(1));
  MethodPolicy policy;
  policy.AllowAnonymous("/signet.gateway.v1.EnrollmentGateway/Enroll");
  auto credentials = ServerOnlyTls(server_files_, policy, server_metrics_.Denied());
  ASSERT_TRUE(credentials.ok());
  Start(*credentials);
  auto anonymous = AnonymousTlsClient(ca_.roots());
  ASSERT_TRUE(anonymous.ok());
  EXPECT_EQ(Call(*anonymous).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  // A device's certificate gains nothing here: it is not even asked for.
  EXPECT_EQ(CallMethod(device_files_, kExchange).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(CallMethod(device_files_, "/signet.gateway.v1.EnrollmentGateway/Enroll").error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(TlsTest, ARenewedCertificateIsTakenWithoutARestart) {
  // New connections get the renewed certificate once the watcher has seen it. The files are written
  // beside the old ones and renamed into place.
  const TlsFiles renewed = ca_.Issue("renewed", {"spiffe://signet/gateway", {"signet-renewed"}});
  std::filesystem::rename(renewed.private_key, server_files_.private_key);
  std::filesystem::rename(renewed.certificate, server_files_.certificate);
  auto credentials = MutualTlsClient(device_files_);
  ASSERT_TRUE(credentials.ok());
  const auto stub = gateway::v1::PaymentGateway::NewStub(
      Connect(running_.address, "signet-renewed", *credentials));
  grpc::ClientContext context;
  context.set_wait_for_ready(true);  // reconnects until a server of that name is there
  SetDeadline(context, std::chrono::seconds(30));
  gateway::v1::ExchangeResponse response;
  const grpc::Status status = stub->Exchange(&context, {}, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

}  // namespace
}  // namespace signet::rpc
