#include "terminal_client/turn.h"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/program/program.h"

namespace signet::terminal {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Turn : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "/signet-turn-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void TakenByAnother() {
    auto taken = FolderLock::Take(folder_);
    ASSERT_TRUE(taken.ok()) << taken.status();
    other_ = *std::move(taken);
  }
  // The other command ends after as long; never where there is no time.
  absl::StatusOr<FolderLock> Take(std::optional<milliseconds> other_ends, bool quiet = false) {
    const Patience patience{.pause = [&](milliseconds time) {
      waited_ += time;
      if (other_ends.has_value() && waited_ >= *other_ends) other_.reset();
    }};
    cli::Output output(out_, err_, {.json = true, .quiet = quiet});
    return TakeTurn(folder_, patience, output);
  }

  std::string folder_;
  std::optional<FolderLock> other_;
  milliseconds waited_{0};
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(Turn, OfAnUnusedTerminalComesAtOnceAndEndsWithTheLock) {
  {
    const auto turn = Take({});
    EXPECT_TRUE(turn.ok()) << turn.status();
    EXPECT_FALSE(FolderLock::Take(folder_).ok());
  }
  EXPECT_TRUE(FolderLock::Take(folder_).ok());
  EXPECT_EQ(waited_, milliseconds(0));
}

TEST_F(Turn, ComesWhenTheOtherCommandEnds) {
  TakenByAnother();
  EXPECT_TRUE(Take(milliseconds(500)).ok());
  EXPECT_EQ(err_.str(), "") << "a short wait is nobody's concern";
}

TEST_F(Turn, ALongWaitIsSaidOnceOnStderr) {
  TakenByAnother();
  EXPECT_TRUE(Take(milliseconds(30'000)).ok());
  EXPECT_EQ(err_.str(), "another signet command uses this terminal; waiting\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(Turn, AQuietCommandWaitsInSilence) {
  TakenByAnother();
  EXPECT_TRUE(Take(milliseconds(30'000), /*quiet=*/true).ok());
  EXPECT_EQ(err_.str(), "");
}

TEST_F(Turn, IsNotWaitedForWithoutEnd) {
  TakenByAnother();
  const auto turn = Take({});
  EXPECT_EQ(serving::ExitCodeOf(turn.status()), serving::ExitCode::kNotFoundOrConflict);
  EXPECT_TRUE(absl::IsUnavailable(turn.status())) << "for standby: it tries again";
  EXPECT_THAT(std::string(turn.status().message()),
              AllOf(HasSubstr("another signet command"), HasSubstr(folder_),
                    HasSubstr("nothing was sent"), HasSubstr("end it")));
  EXPECT_EQ(waited_, milliseconds(120'000));
}

TEST_F(Turn, WithoutPatienceThereIsNoWait) {
  TakenByAnother();
  cli::Output output(out_, err_, {});
  const Patience none{.longest = milliseconds(0), .pause = nullptr};
  EXPECT_TRUE(absl::IsUnavailable(TakeTurn(folder_, none, output).status()));
  other_.reset();
  EXPECT_TRUE(TakeTurn(folder_, none, output).ok());
}

TEST_F(Turn, AFolderThatIsNotThereIsNoReasonToWait) {
  folder_ += "/none";
  EXPECT_FALSE(Take({}).ok());
  EXPECT_EQ(waited_, milliseconds(0));
}

}  // namespace
}  // namespace signet::terminal
