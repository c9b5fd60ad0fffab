#include "libs/base/status.h"

#include <gtest/gtest.h>

#include "libs/base/clock.h"

namespace signet {
namespace {

TEST(Annotate, KeepsCodeAndPayload) {
  absl::Status status = absl::NotFoundError("no such file");
  status.SetPayload("signet/reason", absl::Cord("x"));
  const absl::Status annotated = Annotate(status, "ca.pem");
  EXPECT_EQ(annotated.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(annotated.message(), "ca.pem: no such file");
  EXPECT_EQ(annotated.GetPayload("signet/reason"), absl::Cord("x"));
  EXPECT_TRUE(Annotate(absl::OkStatus(), "x").ok());
}

absl::StatusOr<int> Half(int value) {
  if (value % 2 != 0) return absl::InvalidArgumentError("odd");
  return value / 2;
}

absl::StatusOr<int> Quarter(int value) {
  SIGNET_ASSIGN_OR_RETURN(const int half, Half(value));
  SIGNET_RETURN_IF_ERROR(Half(half).status());
  return half / 2;
}

TEST(StatusMacros, PassErrorsOn) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status().message(), "odd");
  EXPECT_EQ(Quarter(5).status().message(), "odd");
}

TEST(SystemClock, IsAfterTheDayThisWasWritten) {
  EXPECT_GT(SystemClock().NowUnixMs(), 1700000000000);
}

}  // namespace
}  // namespace signet
