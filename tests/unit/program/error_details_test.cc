#include "libs/program/error_details.h"

#include "gtest/gtest.h"
#include "libs/program/program.h"
#include "nlohmann/json.hpp"

namespace signet::serving {
namespace {

TEST(ErrorDetails, StandInTheObjectAndAreReadAgain) {
  absl::Status error =
      WithExitCode(absl::NotFoundError("no \"x\"\n"), ExitCode::kNotFoundOrConflict);
  EXPECT_EQ(ErrorJson(error),
            R"({"error":{"code":"NOT_FOUND","message":"no \"x\"\n","exitCode":7}})");
  error = WithDetail(WithDetail(error, "reason", "R"), "paymentId", "00000001-0000002a");
  EXPECT_EQ(DetailOf(error, "paymentId"), "00000001-0000002a");
  EXPECT_EQ(DetailOf(error, "requestId"), "");
  EXPECT_EQ(ErrorJson(error), R"({"error":{"code":"NOT_FOUND","message":"no \"x\"\n","exitCode":7,)"
                              R"("paymentId":"00000001-0000002a","reason":"R"}})");
}

TEST(ErrorDetails, AnEmptyOneIsNone) {
  EXPECT_EQ(ErrorJson(WithDetail(absl::InternalError("x"), "reason", "")),
            R"({"error":{"code":"INTERNAL","message":"x","exitCode":1}})");
}

TEST(ErrorDetails, BytesThatAreNotTextAreStillJson) {
  const absl::Status error = WithDetail(absl::InternalError("bad \xFF byte"), "reason", "\xC3");
  EXPECT_TRUE(nlohmann::json::accept(ErrorJson(error)));
}

}  // namespace
}  // namespace signet::serving
