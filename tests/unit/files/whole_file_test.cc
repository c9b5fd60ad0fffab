#include "libs/files/whole_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "absl/cleanup/cleanup.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace signet {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr uid_t kNobody = 65534;

class WholeFileTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& content, mode_t mode = 0600) const {
    testing::WriteFile(file_, content);
    chmod(file_.c_str(), mode);
    return file_;
  }
  static std::string Message(const absl::Status& status, absl::StatusCode code) {
    EXPECT_EQ(status.code(), code) << status;
    return std::string(status.message());
  }

  const testing::TempDir folder_;
  const std::string file_ = folder_.path() + "/f";
};

TEST_F(WholeFileTest, ReadingIsBounded) {
  for (const size_t size : {0, 1, 4095, 4096, 4097, 10'000}) {
    const std::string content(size, 'x');
    EXPECT_EQ(ReadWholeFile("the file", Write(content), size).value(), content);
    EXPECT_EQ(ReadSecretFile("the file", file_, size).value().reveal(), content);
    if (size == 0) continue;
    const std::string why = Message(ReadWholeFile("the file", file_, size - 1).status(),
                                    absl::StatusCode::kResourceExhausted);
    EXPECT_THAT(why, AllOf(HasSubstr("the file " + file_), HasSubstr("is larger than")));
  }
}

TEST_F(WholeFileTest, WhatCannotBeReadIsNamedWithItsReason) {
  EXPECT_THAT(Message(ReadWholeFile("the file", folder_.path() + "/none", 9).status(),
                      absl::StatusCode::kNotFound),
              AllOf(HasSubstr("cannot read the file " + folder_.path() + "/none"),
                    HasSubstr("No such file"), HasSubstr("check its path")));
  EXPECT_THAT(Message(ReadWholeFile("the file", folder_.path(), 9).status(),
                      absl::StatusCode::kFailedPrecondition),
              HasSubstr("is a folder; name a file"));
  EXPECT_FALSE(ReadWholeFile("the file", "", 9).ok());
  EXPECT_EQ(ReadWholeFile("the file", "/dev/null", 9).value(), "");
}

TEST_F(WholeFileTest, ASecretIsForItsOwnerOnly) {
  for (const mode_t mode : {0600, 0400, 0700}) {
    EXPECT_TRUE(ReadSecretFile("the PIN", Write("1", mode), 9).ok()) << std::oct << mode;
  }
  for (const mode_t mode : {0640, 0620, 0610, 0604, 0602, 0601, 0666}) {
    EXPECT_THAT(Message(ReadSecretFile("the PIN", Write("1", mode), 9).status(),
                        absl::StatusCode::kPermissionDenied),
                HasSubstr("run: chmod 600 " + file_))
        << std::oct << mode;
  }
}

// As orchestrators mount them: root's, and the group's to read. Only root can make such a file.
TEST_F(WholeFileTest, ASecretOfAnotherUserIsRefusedAndOneOfRootIsForTheGroup) {
  if (geteuid() != 0) {
    EXPECT_FALSE(ReadSecretFile("the PIN", "/etc/hostname", 4096).ok()) << "root's, for all";
    return;
  }
  Write("1");
  ASSERT_EQ(chown(file_.c_str(), kNobody, kNobody), 0);
  EXPECT_THAT(
      Message(ReadSecretFile("the PIN", file_, 9).status(), absl::StatusCode::kPermissionDenied),
      HasSubstr("belongs to another user (uid 65534)"));
  ASSERT_EQ(chown(file_.c_str(), 0, kNobody), 0);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0755), 0);
  const gid_t group = getegid();
  ASSERT_EQ(setegid(kNobody), 0);
  ASSERT_EQ(seteuid(kNobody), 0);
  const absl::Cleanup back = [group] {
    EXPECT_EQ(seteuid(0), 0);
    EXPECT_EQ(setegid(group), 0);
  };
  const auto with_mode = [&](mode_t mode) {
    EXPECT_EQ(seteuid(0), 0);
    EXPECT_EQ(chmod(file_.c_str(), mode), 0);
    EXPECT_EQ(seteuid(kNobody), 0);
    return ReadSecretFile("the PIN", file_, 9).status();
  };
  EXPECT_TRUE(with_mode(0440).ok()) << with_mode(0440);
  EXPECT_TRUE(with_mode(0640).ok()) << with_mode(0640);
  for (const mode_t mode : {0444, 0660, 0450}) {
    EXPECT_THAT(Message(with_mode(mode), absl::StatusCode::kPermissionDenied),
                HasSubstr("chmod 640"));
  }
}

TEST_F(WholeFileTest, ASecretIsAPlainFile) {
  ASSERT_EQ(mkfifo(file_.c_str(), 0600), 0);
  for (const std::string& path : {file_, std::string("/dev/null")}) {
    EXPECT_THAT(
        Message(ReadSecretFile("the PIN", path, 9).status(), absl::StatusCode::kFailedPrecondition),
        HasSubstr("is not a plain file"));
  }
}

TEST_F(WholeFileTest, ASecretLineIsOneLine) {
  for (const char* good : {"1357", "1357\n", "1357\r\n"}) {
    EXPECT_EQ(ReadSecretLine("the PIN", Write(good), 4).value().reveal(), "1357");
  }
  for (const std::string& bad : {std::string(), std::string("\n"), std::string("\r\n"),
                                 std::string("12\n4"), std::string("12\n\n"), std::string("12345"),
                                 std::string("1\0", 2), std::string(5000, '1')}) {
    EXPECT_THAT(Message(ReadSecretLine("the PIN", Write(bad), 4).status(),
                        absl::StatusCode::kInvalidArgument),
                HasSubstr("must hold one line of 1 to 4 bytes"));
  }
}

}  // namespace
}  // namespace signet
