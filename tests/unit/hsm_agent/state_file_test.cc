#include "hsm_agent/state_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>
#include <string>

#include "tests/unit/hsm_agent/temp_folder.h"

namespace signet::hsm_agent {
namespace {

using device::v1::AgentState;
using ::testing::HasSubstr;

std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
}

void WriteCounter(const std::string& folder, uint32_t counter) {
  absl::StatusOr<StateFile> state = StateFile::Open(folder);
  ASSERT_TRUE(state.ok()) << state.status();
  ASSERT_TRUE(state->Update([&](AgentState& next) { next.set_highest_counter(counter); }).ok());
}

TEST(StateFileTest, MissingFileIsAnEmptyState) {
  const TempFolder folder;
  const absl::StatusOr<StateFile> state = StateFile::Open(folder.path());
  ASSERT_TRUE(state.ok());
  EXPECT_FALSE(state->state().has_enrollment());
  EXPECT_EQ(state->state().highest_counter(), 0U);
}

TEST(StateFileTest, KeepsWhatWasWrittenReadableByItsOwnerOnly) {
  const TempFolder folder;
  WriteCounter(folder.path(), 7);
  const absl::StatusOr<StateFile> state = StateFile::Open(folder.path());
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(state->state().highest_counter(), 7U);
  struct stat info {};
  ASSERT_EQ(stat(folder.File("state").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_FALSE(std::filesystem::exists(folder.File("state.new")));
}

TEST(StateFileTest, EveryChangedByteIsNoticedAndTheFileIsLeftAlone) {
  const TempFolder folder;
  WriteCounter(folder.path(), 0x01020304);
  const std::string good = ReadBytes(folder.File("state"));
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    WriteBytes(folder.File("state"), bad);
    const absl::StatusOr<StateFile> state = StateFile::Open(folder.path());
    ASSERT_EQ(state.status().code(), absl::StatusCode::kDataLoss) << "byte " << i;
    EXPECT_THAT(std::string(state.status().message()), HasSubstr("it is not reset"));
    EXPECT_EQ(ReadBytes(folder.File("state")), bad);
  }
}

TEST(StateFileTest, EveryShorterFileIsNoticed) {
  const TempFolder folder;
  WriteCounter(folder.path(), 9);
  const std::string good = ReadBytes(folder.File("state"));
  for (size_t size = 0; size < good.size(); ++size) {
    WriteBytes(folder.File("state"), good.substr(0, size));
    EXPECT_EQ(StateFile::Open(folder.path()).status().code(), absl::StatusCode::kDataLoss) << size;
  }
}

TEST(StateFileTest, WhatAnInterruptedWriteLeftBehindIsIgnored) {
  const TempFolder folder;
  WriteCounter(folder.path(), 5);
  WriteBytes(folder.File("state.new"), "half a st");
  WriteCounter(folder.path(), 6);
  const absl::StatusOr<StateFile> state = StateFile::Open(folder.path());
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(state->state().highest_counter(), 6U);
}

TEST(StateFileTest, AFailedWriteLeavesTheOldState) {
  const TempFolder folder;
  WriteCounter(folder.path(), 5);
  absl::StatusOr<StateFile> state = StateFile::Open(folder.path());
  ASSERT_TRUE(state.ok());
  // Nothing can be written where the temporary file's name is taken by a folder.
  std::filesystem::create_directory(folder.File("state.new"));
  EXPECT_FALSE(state->Update([](AgentState& next) { next.set_highest_counter(6); }).ok());
  EXPECT_EQ(state->state().highest_counter(), 5U);
  std::filesystem::remove(folder.File("state.new"));
  EXPECT_TRUE(state->Update([](AgentState& next) { next.set_highest_counter(7); }).ok());
  EXPECT_EQ(state->state().highest_counter(), 7U);
}

TEST(StateFileTest, DoesNotFollowALink) {
  const TempFolder folder;
  WriteBytes(folder.File("elsewhere"), "x");
  std::filesystem::create_symlink(folder.File("elsewhere"), folder.File("state"));
  EXPECT_FALSE(StateFile::Open(folder.path()).ok());
}

}  // namespace
}  // namespace signet::hsm_agent
