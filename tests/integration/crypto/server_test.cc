// The whole service in one process, behind TLS: who may call it, and when it is ready.
#include "services/crypto/server.h"

#include <gtest/gtest.h>

#include "grpcpp/client_context.h"
#include "libs/base/clock.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "services/crypto/hsm/key_ceremony.h"
#include "signet/crypto/v1/crypto.grpc.pb.h"
#include "signet/platform/v1/processor.grpc.pb.h"
#include "tests/integration/rpc/test_pki.h"
#include "tests/support/call_streams.h"
#include "tests/support/process.h"
#include "tests/support/soft_token.h"

namespace signet::crypto {
namespace {

class CryptoServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    token_ = testing::SoftToken::Create("signet-server").value();
    CeremonyOptions ceremony;
    ceremony.token = {token_->module_path(), token_->module_parameters(), "signet-server",
                      token_->pin_path()};
    ceremony.bdk_id = 0x5195e700;
    ceremony.device_ca_file = folder_.path() + "/device-ca.pem";
    ASSERT_TRUE(HoldKeyCeremony(ceremony, SystemClock()).ok());

    ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.service.admin_listen = "127.0.0.1:0";
    options.tls = ca_.Issue(
        "crypto", {.spiffe_id = "spiffe://signet/crypto", .dns_names = {"signet-crypto"}});
    options.platform_address = platform_address_;
    options.hsm.token = ceremony.token;
    options.hsm.bdk_id = ceremony.bdk_id;
    options.hsm.sessions = 2;
    options.device_ca_file = ceremony.device_ca_file;
    auto server = CryptoServer::Start(options);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  grpc::Status ExchangeAs(const std::string& spiffe_id) {
    std::string name = spiffe_id.substr(spiffe_id.find_last_of('/') + 1);
    const auto credentials = rpc::MutualTlsClient(ca_.Issue(name, {.spiffe_id = spiffe_id}));
    EXPECT_TRUE(credentials.ok()) << credentials.status();
    auto stub = v1::SealedExchange::NewStub(
        rpc::Connect(server_->address(), "signet-crypto", *credentials));
    rpc::CallStreamClient<v1::ExchangeBatch, v1::ExchangeAnswers> exchanges(
        "exchange", [&](grpc::ClientContext* context, auto* reactor) {
          stub->async()->Exchange(context, reactor);
        });
    return testing::CallAndWait(exchanges, {}).status;
  }

  // The status code of a GET, as the operator's tools see it.
  std::string HttpStatus(const std::string& path) {
    const auto result = testing::RunProgram({"curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                                             "http://" + server_->admin_address() + path});
    return result.out;
  }

  testing::TempDir folder_;
  testing::TestCa ca_{folder_.path(), "services"};
  std::unique_ptr<testing::SoftToken> token_;
  std::string platform_address_ = "unix:" + folder_.path() + "/platform.sock";
  std::unique_ptr<CryptoServer> server_;
};

TEST_F(CryptoServerTest, OnlyTheGatewayMayCall) {
  const grpc::Status gateway = ExchangeAs("spiffe://signet/gateway");
  EXPECT_EQ(gateway.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(gateway.error_message(), "message refused");  // an empty message, but heard
  for (const char* other : {"spiffe://signet/platform", "spiffe://signet/device/00000001",
                            "spiffe://signet/operator/eve"}) {
    const grpc::Status status = ExchangeAs(other);
    // The stream is refused: that says nothing of a message.
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << other;
    EXPECT_NE(status.error_message(), "message refused") << other;
  }
}

TEST_F(CryptoServerTest, IsAliveWithoutThePlatformAndReadyWithIt) {
  EXPECT_EQ(HttpStatus("/livez"), "200");
  EXPECT_EQ(HttpStatus("/metrics"), "200");
  EXPECT_EQ(HttpStatus("/readyz"), "503");

  rpc::ListenerOptions listener;
  listener.address = platform_address_;
  listener.credentials =
      rpc::MutualTlsServer(ca_.Issue("platform", {.spiffe_id = "spiffe://signet/platform",
                                                  .dns_names = {"signet-platform"}}),
                           rpc::MethodPolicy(), [](const std::string&) {})
          .value();
  platform::v1::PaymentProcessor::CallbackService processor;
  auto platform = rpc::StartServer(listener, {&processor});
  ASSERT_TRUE(platform.ok()) << platform.status();
  // The channel waits longer after each failure: a bounded number of probes, half a second each.
  std::string status;
  for (int probe = 0; probe < 60 && status != "200"; ++probe) status = HttpStatus("/readyz");
  EXPECT_EQ(status, "200");
  rpc::DrainServer(*platform, std::chrono::seconds(1));
}

}  // namespace
}  // namespace signet::crypto
