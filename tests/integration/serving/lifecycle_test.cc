#include "libs/serving/lifecycle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace signet::serving {
namespace {

using ::testing::HasSubstr;

TEST(AnnounceReadyTest, AFileAppearsWhole) {
  const testing::TempDir folder;
  const std::string path = folder.path() + "/ready";
  ASSERT_TRUE(AnnounceReady(path, "listen=127.0.0.1:1\n").ok());
  EXPECT_EQ(testing::ReadFile(path), "listen=127.0.0.1:1\n");
  ASSERT_TRUE(AnnounceReady(path, "listen=2\n").ok());
  EXPECT_EQ(testing::ReadFile(path), "listen=2\n");
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST(AnnounceReadyTest, AFifoIsWrittenAndStaysAFifo) {
  const testing::TempDir folder;
  const std::string path = folder.path() + "/ready";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  ASSERT_TRUE(AnnounceReady(path, "listen=1\n").ok());
  std::array<char, 64> buffer{};
  const ssize_t n = read(fd, buffer.data(), buffer.size());
  close(fd);
  EXPECT_EQ(std::string(buffer.data(), static_cast<size_t>(std::max<ssize_t>(n, 0))), "listen=1\n");
  EXPECT_TRUE(std::filesystem::is_fifo(path));
}

TEST(AnnounceReadyTest, NobodyToTellIsNoError) { EXPECT_TRUE(AnnounceReady("", "x\n").ok()); }

TEST(AnnounceReadyTest, AnErrorNamesTheFileAndTheRemedy) {
  const absl::Status status = AnnounceReady("/no/such/folder/ready", "x\n");
  EXPECT_THAT(std::string(status.message()), HasSubstr("/no/such/folder/ready"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("--ready-file"));
}

TEST(ShutdownTest, ASignalThatCameEarlyIsNotLost) {
  BlockShutdownSignals();
  ASSERT_EQ(raise(SIGTERM), 0);
  WaitForShutdown();
  ASSERT_EQ(raise(SIGINT), 0);
  WaitForShutdown();
}

}  // namespace
}  // namespace signet::serving
