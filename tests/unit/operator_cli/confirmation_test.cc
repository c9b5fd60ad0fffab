#include "operator_cli/commands/confirmation.h"

#include <sstream>

#include "gmock/gmock.h"
#include "libs/program/program.h"

namespace signet::operator_cli {
namespace {

using ::testing::HasSubstr;

TEST(ConfirmTest, TakesTheWordOnly) {
  std::ostringstream err;
  std::istringstream yes("0000002a\n");
  EXPECT_TRUE(Confirm("Sure?", "0000002a", true, yes, err).ok());
  EXPECT_THAT(err.str(), HasSubstr("Sure? Type 0000002a"));
  for (const char* answer : {"y\n", "\n", "", "0000002A\n"}) {
    std::istringstream in(answer);
    EXPECT_EQ(Confirm("Sure?", "0000002a", true, in, err).code(), absl::StatusCode::kCancelled);
  }
}

TEST(ConfirmTest, NeverAsksWithoutATerminal) {
  std::ostringstream err;
  std::istringstream in("0000002a\n");
  const absl::Status status = Confirm("Sure?", "0000002a", false, in, err);
  EXPECT_EQ(serving::ExitCodeOf(status), serving::ExitCode::kUsage);
  EXPECT_THAT(std::string(status.message()), HasSubstr("--yes"));
  EXPECT_EQ(err.str(), "");
}

}  // namespace
}  // namespace signet::operator_cli
