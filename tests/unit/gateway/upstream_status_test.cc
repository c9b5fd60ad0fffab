#include "services/gateway/upstream_status.h"

#include <map>

#include "gtest/gtest.h"

namespace signet::gateway {
namespace {

TEST(UpstreamStatusTest, OnlyWhatTheCallerMayKnowComesThrough) {
  using grpc::StatusCode;
  const std::map<StatusCode, StatusCode> kept = {
      {StatusCode::OK, StatusCode::OK},
      {StatusCode::CANCELLED, StatusCode::CANCELLED},
      {StatusCode::DEADLINE_EXCEEDED, StatusCode::DEADLINE_EXCEEDED},
      {StatusCode::PERMISSION_DENIED, StatusCode::PERMISSION_DENIED},
      {StatusCode::RESOURCE_EXHAUSTED, StatusCode::RESOURCE_EXHAUSTED},
      {StatusCode::UNAVAILABLE, StatusCode::UNAVAILABLE}};
  for (int code = 0; code <= 16; ++code) {
    const auto inside = static_cast<StatusCode>(code);
    const grpc::Status outside = ForCaller({inside, "secret detail", "secret bytes"});
    const auto expected = kept.find(inside);
    EXPECT_EQ(outside.error_code(),
              expected == kept.end() ? StatusCode::INTERNAL : expected->second);
    EXPECT_EQ(outside.error_message().find("secret"), std::string::npos);
    EXPECT_EQ(outside.error_details(), "");
  }
  EXPECT_EQ(ForCaller({StatusCode::PERMISSION_DENIED, "bad tag"}).error_message(),
            MessageRefused().error_message());
}

}  // namespace
}  // namespace signet::gateway
