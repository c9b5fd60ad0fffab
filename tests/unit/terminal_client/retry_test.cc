#include "terminal_client/payments/retry.h"

#include <vector>

#include "gtest/gtest.h"

namespace signet::terminal {
namespace {

using std::chrono::milliseconds;

class Retry : public ::testing::Test {
 protected:
  RetryPolicy policy_{.pause = [this](milliseconds pause) { pauses_.push_back(pause); }};
  std::vector<milliseconds> pauses_;
  int attempts_ = 0;
};

TEST_F(Retry, EndsWithTheFirstAnswer) {
  const auto result = TryAgain(policy_, [&]() -> absl::StatusOr<int> {
    if (++attempts_ < 3) return absl::UnavailableError("down");
    return 7;
  });
  EXPECT_EQ(result.value(), 7);
  EXPECT_EQ(pauses_, (std::vector<milliseconds>{milliseconds(250), milliseconds(500)}));
}

TEST_F(Retry, IsBoundedInAttemptsAndPauses) {
  const auto result = TryAgain(policy_, [&]() -> absl::StatusOr<int> {
    ++attempts_;
    return absl::DeadlineExceededError("slow");
  });
  EXPECT_TRUE(absl::IsDeadlineExceeded(result.status()));
  EXPECT_EQ(attempts_, policy_.attempts);
  ASSERT_EQ(pauses_.size(), 4u);
  for (const milliseconds pause : pauses_) EXPECT_LE(pause, policy_.longest_pause);
}

TEST_F(Retry, DoesNotRepeatWhatWasRefused) {
  for (const auto code : {absl::StatusCode::kPermissionDenied, absl::StatusCode::kUnauthenticated,
                          absl::StatusCode::kInvalidArgument}) {
    attempts_ = 0;
    const auto result = TryAgain(policy_, [&]() -> absl::StatusOr<int> {
      ++attempts_;
      return absl::Status(code, "message refused");
    });
    EXPECT_EQ(result.status().code(), code);
    EXPECT_EQ(attempts_, 1);
  }
}

}  // namespace
}  // namespace signet::terminal
