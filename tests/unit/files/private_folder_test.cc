#include "libs/files/private_folder.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace signet {
namespace {

using ::testing::HasSubstr;

class PrivateFolderTest : public ::testing::Test {
 protected:
  const testing::TempDir dir_;
  const std::string folder_ = dir_.path();
};

TEST_F(PrivateFolderTest, FoldersAreForTheirOwnerOnly) {
  const std::string fresh = folder_ + "/a/b";
  ASSERT_TRUE(EnsurePrivateFolder(fresh).ok());
  ASSERT_TRUE(EnsurePrivateFolder(fresh).ok());
  struct stat info {};
  ASSERT_EQ(stat(fresh.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  for (const mode_t mode : {0750, 0705, 0710, 0777}) {
    ASSERT_EQ(chmod(fresh.c_str(), mode), 0);
    const absl::Status status = EnsurePrivateFolder(fresh);
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << std::oct << mode;
    EXPECT_THAT(std::string(status.message()), HasSubstr("chmod 700"));
  }
  chmod(fresh.c_str(), 0700);
  std::filesystem::create_symlink(fresh, folder_ + "/link");
  EXPECT_TRUE(absl::IsPermissionDenied(EnsurePrivateFolder(folder_ + "/link")));
  std::ofstream(folder_ + "/file") << "x";
  EXPECT_TRUE(absl::IsPermissionDenied(EnsurePrivateFolder(folder_ + "/file")));
  EXPECT_FALSE(EnsurePrivateFolder("").ok());
  if (geteuid() == 0) {
    ASSERT_EQ(chown(fresh.c_str(), 65534, 65534), 0);
    EXPECT_THAT(std::string(EnsurePrivateFolder(fresh).message()), HasSubstr("another user"));
  }
}

TEST_F(PrivateFolderTest, LookingMakesNothing) {
  EXPECT_TRUE(absl::IsNotFound(CheckPrivateFolder(folder_ + "/none")));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/none"));
  ASSERT_EQ(chmod(folder_.c_str(), 0755), 0);
  EXPECT_TRUE(absl::IsPermissionDenied(CheckPrivateFolder(folder_)));
  ASSERT_EQ(chmod(folder_.c_str(), 0700), 0);
  EXPECT_TRUE(CheckPrivateFolder(folder_).ok());
}

TEST_F(PrivateFolderTest, OnlyOneHoldsTheLock) {
  {
    const auto lock = FolderLock::Take(folder_);
    ASSERT_TRUE(lock.ok());
    const absl::Status taken = FolderLock::Take(folder_).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(taken));
    EXPECT_THAT(std::string(taken.message()),
                HasSubstr("files_test (process " + std::to_string(getpid()) + ") uses the folder"));
    EXPECT_EQ(FolderLock::HolderOf(folder_).program, "files_test");
  }
  EXPECT_TRUE(FolderLock::Take(folder_).ok());
}

TEST_F(PrivateFolderTest, AKilledProcessHoldsNoLock) {
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

}  // namespace
}  // namespace signet
