#include "libs/serving/rpc_metrics.h"

#include <algorithm>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/program/log.h"
#include "signet/gateway/v1/gateway.pb.h"

namespace signet::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kExchange[] = "/signet.gateway.v1.PaymentGateway/Exchange";

class ServerMetricsTest : public ::testing::Test {
 protected:
  ServerMetricsTest() { serving::ConfigureLog("test", "off"); }
  // Mentioning a message links the file's descriptors in.
  const gateway::v1::ExchangeRequest linked_;
  serving::Metrics metrics_;
  ServerMetrics calls_{metrics_, {"signet.gateway.v1.PaymentGateway"}};
};

TEST_F(ServerMetricsTest, EverySeriesExistsAtZero) {
  const std::string text = metrics_.Serialize();
  EXPECT_THAT(text, HasSubstr("grpc_server_started_total{grpc_method=\"Exchange\",grpc_service="
                              "\"signet.gateway.v1.PaymentGateway\"} 0"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handled_total{grpc_code=\"ResourceExhausted\","
                              "grpc_method=\"Exchange\",grpc_service="
                              "\"signet.gateway.v1.PaymentGateway\"} 0"));
  EXPECT_THAT(text, HasSubstr("grpc_server_handling_seconds_count{grpc_method=\"Exchange\","));
  EXPECT_THAT(text, HasSubstr("signet_authz_denied_total{method=\"signet.gateway.v1.PaymentGateway/"
                              "Exchange\"} 0"));
}

TEST_F(ServerMetricsTest, CallsAreCountedByMethodAndCode) {
  calls_.OnStarted(kExchange);
  calls_.OnHandled(kExchange, grpc::StatusCode::PERMISSION_DENIED, 0.001, "");
  const std::string text = metrics_.Serialize();
  EXPECT_THAT(text, HasSubstr("grpc_server_handled_total{grpc_code=\"PermissionDenied\","
                              "grpc_method=\"Exchange\",grpc_service="
                              "\"signet.gateway.v1.PaymentGateway\"} 1"));
}

TEST_F(ServerMetricsTest, CallsOfSampledTracesAreLoggedButNotWithoutEnd) {
  serving::ConfigureLog("test", "info");
  const auto logged = [this](const std::string& traceparent, int calls) {
    ::testing::internal::CaptureStderr();
    for (int i = 0; i < calls; ++i) calls_.OnHandled(kExchange, {}, 0.002, traceparent);
    return ::testing::internal::GetCapturedStderr();
  };
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0";
  EXPECT_EQ(logged(trace + "0", 1), "");
  const std::string line = logged(trace + "1", 1);
  EXPECT_THAT(line, HasSubstr(R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736")"));
  EXPECT_THAT(line, HasSubstr(R"("code":"OK")"));
  EXPECT_THAT(line, HasSubstr(R"("microseconds":2000)"));
  const std::string flood = logged(trace + "1", 1000);
  EXPECT_LE(std::count(flood.begin(), flood.end(), '\n'), 40) << "of two seconds at most";
}

TEST_F(ServerMetricsTest, CallersCannotMakeNewSeries) {
  const DeniedFn denied = calls_.Denied();
  denied("/invented.Service/One");
  denied("/invented.Service/Two");
  calls_.OnStarted("/invented.Service/Three");
  calls_.OnHandled("/invented.Service/Three", grpc::StatusCode::UNKNOWN, 1, "");
  const std::string text = metrics_.Serialize();
  EXPECT_THAT(text, HasSubstr("signet_authz_denied_total{method=\"other\"} 2"));
  EXPECT_THAT(text, Not(HasSubstr("invented")));
  EXPECT_THAT(text, HasSubstr("grpc_server_handled_total{grpc_code=\"Unknown\",grpc_method="
                              "\"other\",grpc_service=\"other\"} 1"));
}

}  // namespace
}  // namespace signet::rpc
