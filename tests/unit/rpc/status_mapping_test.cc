#include "libs/rpc/status_mapping.h"

#include <string>

#include "gtest/gtest.h"

namespace signet::rpc {
namespace {

TEST(StatusMappingTest, EveryCodeKeepsItsMeaningBothWays) {
  for (int code = 0; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), code == 0 ? "" : "text");
    const grpc::Status mapped = ToGrpc(status);
    EXPECT_EQ(static_cast<int>(mapped.error_code()), code);
    EXPECT_EQ(mapped.error_message(), std::string(status.message()));
    EXPECT_EQ(FromGrpc(mapped), status);
  }
  EXPECT_EQ(ToGrpc(absl::PermissionDeniedError("x")).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(ToGrpc(absl::UnauthenticatedError("x")).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);
}

}  // namespace
}  // namespace signet::rpc
