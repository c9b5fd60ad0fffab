#include "terminal_client/private_files.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "gtest/gtest.h"

namespace signet::terminal {
namespace {

class PrivateFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "/signet-terminal-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  static mode_t ModeOf(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(stat(path.c_str(), &info), 0);
    return info.st_mode & 07777;
  }
  std::string folder_;
};

TEST_F(PrivateFiles, FoldersAndFilesAreForTheirUserOnly) {
  const std::string inner = folder_ + "/a/b";
  ASSERT_TRUE(EnsurePrivateFolder(inner).ok());
  ASSERT_TRUE(EnsurePrivateFolder(inner).ok());
  EXPECT_EQ(ModeOf(inner), 0700u);
  ASSERT_TRUE(WritePrivateFile(inner + "/key", "secret").ok());
  EXPECT_EQ(ModeOf(inner + "/key"), 0600u);
}

TEST_F(PrivateFiles, AFolderThatOthersMayReadIsRefusedWithTheRemedy) {
  ASSERT_EQ(chmod(folder_.c_str(), 0755), 0);
  const absl::Status status = EnsurePrivateFolder(folder_);
  EXPECT_TRUE(absl::IsPermissionDenied(status));
  EXPECT_NE(std::string(status.message()).find("chmod 700"), std::string::npos);
  EXPECT_FALSE(EnsurePrivateFolder("").ok());
}

TEST_F(PrivateFiles, AFileIsReplacedAsAWhole) {
  const std::string file = folder_ + "/f";
  ASSERT_TRUE(WritePrivateFile(file, "one").ok());
  ASSERT_TRUE(WritePrivateFile(file, "two").ok());
  EXPECT_EQ(ReadWholeFile(file, 10).value(), "two");
  // Nothing is left beside it.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(PrivateFiles, ReadingIsBounded) {
  const std::string file = folder_ + "/f";
  ASSERT_TRUE(WritePrivateFile(file, std::string(5000, 'x')).ok());
  EXPECT_EQ(ReadWholeFile(file, 5000).value().size(), 5000u);
  EXPECT_TRUE(absl::IsResourceExhausted(ReadWholeFile(file, 4999).status()));
  EXPECT_TRUE(absl::IsNotFound(ReadWholeFile(folder_ + "/none", 10).status()));
  const absl::Status folder = ReadWholeFile(folder_, 10).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(folder));
  EXPECT_EQ(std::string(folder.message()), folder_ + " is a folder; name a file");
}

TEST_F(PrivateFiles, OnlyOneHoldsTheLock) {
  {
    const auto lock = FolderLock::Take(folder_);
    ASSERT_TRUE(lock.ok());
    EXPECT_TRUE(absl::IsFailedPrecondition(FolderLock::Take(folder_).status()));
  }
  EXPECT_TRUE(FolderLock::Take(folder_).ok());
}

TEST_F(PrivateFiles, AKilledProcessHoldsNoLock) {
  std::array<int, 2> taken{};
  ASSERT_EQ(pipe(taken.data()), 0);
  const pid_t holder = fork();
  if (holder == 0) {
    const auto lock = FolderLock::Take(folder_);
    if (lock.ok() && write(taken[1], "1", 1) == 1) pause();
    _exit(1);
  }
  char told = 0;
  ASSERT_EQ(read(taken[0], &told, 1), 1);
  EXPECT_FALSE(FolderLock::Take(folder_).ok());
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
  EXPECT_TRUE(FolderLock::Take(folder_).ok());
  for (const int fd : taken) close(fd);
}

TEST_F(PrivateFiles, RemovingWhatIsNotThereIsDone) {
  EXPECT_FALSE(FileExists(folder_ + "/f"));
  EXPECT_TRUE(RemoveFile(folder_ + "/f").ok());
}

}  // namespace
}  // namespace signet::terminal
