#include "libs/files/durable_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/process.h"

namespace signet {
namespace {

class DurableFileTest : public ::testing::Test {
 protected:
  const testing::TempDir dir_;
  const std::string folder_ = dir_.path();
};

std::string Content(const std::string& path) {
  std::ostringstream content;
  content << std::ifstream(path).rdbuf();
  return content.str();
}
mode_t ModeOf(const std::string& path) {
  struct stat info {};
  EXPECT_EQ(stat(path.c_str(), &info), 0);
  return info.st_mode & 07777;
}
auto FilesIn(const std::string& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

TEST_F(DurableFileTest, AFileIsReplacedAsAWholeAndNothingIsLeftBesideIt) {
  const std::string file = folder_ + "/f";
  std::ofstream(file + ".new") << "the remains of a crash, longer than what is written";
  ASSERT_TRUE(WriteDurably(file, "one", 0600).ok());
  ASSERT_TRUE(WriteDurably(file, "two", 0600).ok());
  EXPECT_EQ(Content(file), "two");
  EXPECT_EQ(FilesIn(folder_), 1);
}

TEST_F(DurableFileTest, TheModeIsExactlyThatWhateverTheUmask) {
  const mode_t before = umask(077);
  ASSERT_TRUE(WriteDurably(folder_ + "/public", "x", 0644).ok());
  ASSERT_TRUE(WriteDurably(folder_ + "/new", "x", 0644, Existing::kKeep).ok());
  umask(0);
  ASSERT_TRUE(WriteDurably(folder_ + "/secret", "x", 0600).ok());
  umask(before);
  EXPECT_EQ(ModeOf(folder_ + "/public"), 0644U);
  EXPECT_EQ(ModeOf(folder_ + "/new"), 0644U);
  EXPECT_EQ(ModeOf(folder_ + "/secret"), 0600U);
}

TEST_F(DurableFileTest, WhatIsThereIsKeptWhereToldTo) {
  const std::string file = folder_ + "/f";
  ASSERT_TRUE(WriteDurably(file, "first", 0600, Existing::kKeep).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(WriteDurably(file, "second", 0600, Existing::kKeep)));
  EXPECT_EQ(Content(file), "first");
  EXPECT_EQ(FilesIn(folder_), 1);
}

TEST_F(DurableFileTest, OfManyWhoMakeItOneDoes) {
  std::atomic<int> made = 0;
  std::vector<std::thread> makers;
  for (int i = 0; i < 8; ++i) {
    makers.emplace_back([&, i] {
      const std::string content(10'000, static_cast<char>('a' + i));
      if (WriteDurably(folder_ + "/f", content, 0600, Existing::kKeep).ok()) ++made;
    });
  }
  for (std::thread& maker : makers) maker.join();
  EXPECT_EQ(made, 1);
  const std::string content = Content(folder_ + "/f");
  EXPECT_EQ(content, std::string(10'000, content[0]));
  EXPECT_EQ(FilesIn(folder_), 1);
}

TEST_F(DurableFileTest, ErrorsNameThePathAndChangeNothing) {
  const absl::Status missing = WriteDurably(folder_ + "/none/f", "x", 0600);
  EXPECT_TRUE(absl::IsNotFound(missing));
  EXPECT_NE(std::string(missing.message()).find("/none/f"), std::string::npos);
  std::filesystem::create_directory(folder_ + "/f");
  EXPECT_FALSE(WriteDurably(folder_ + "/f", "x", 0600).ok()) << "a folder is in its place";
  EXPECT_EQ(FilesIn(folder_), 1);
  // A link beside is not followed.
  std::ofstream(folder_ + "/victim") << "mine";
  std::filesystem::create_symlink(folder_ + "/victim", folder_ + "/g.new");
  EXPECT_FALSE(WriteDurably(folder_ + "/g", "x", 0600).ok());
  EXPECT_EQ(Content(folder_ + "/victim"), "mine");
}

}  // namespace
}  // namespace signet
