#include "terminal_client/private_files.h"

#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace signet::terminal {
namespace {

class PrivateFiles : public ::testing::Test {
 protected:
  const testing::TempDir dir_;
  const std::string folder_ = dir_.path();
};

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

TEST_F(PrivateFiles, RemovingWhatIsNotThereIsDone) {
  EXPECT_FALSE(FileExists(folder_ + "/f"));
  EXPECT_TRUE(RemoveFile(folder_ + "/f").ok());
}

}  // namespace
}  // namespace signet::terminal
