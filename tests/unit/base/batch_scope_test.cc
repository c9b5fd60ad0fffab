#include "libs/base/batch_scope.h"

#include <string>
#include <thread>
#include <utility>

#include "gtest/gtest.h"

namespace signet {
namespace {

class Named final : public Flushable {
 public:
  Named(std::string name, std::string& flushed) : name_(std::move(name)), flushed_(flushed) {}
  void Flush() override { flushed_ += name_; }

 private:
  const std::string name_;
  std::string& flushed_;
};

class BatchScopeTest : public ::testing::Test {
 protected:
  std::string flushed_;
  const std::shared_ptr<Named> a_ = std::make_shared<Named>("a", flushed_);
  const std::shared_ptr<Named> b_ = std::make_shared<Named>("b", flushed_);
};

TEST_F(BatchScopeTest, WithoutAScopeNothingWaits) {
  BatchScope::Flush(a_);
  BatchScope::Flush(a_);
  EXPECT_EQ(flushed_, "aa");
}

TEST_F(BatchScopeTest, EachIsFlushedOnceAtTheEndOfTheOutermost) {
  {
    const BatchScope outer;
    BatchScope::Flush(a_);
    {
      const BatchScope inner;
      BatchScope::Flush(b_);
      BatchScope::Flush(a_);
    }
    EXPECT_EQ(flushed_, "");
  }
  EXPECT_EQ(flushed_, "ab");
  BatchScope::Flush(b_);
  EXPECT_EQ(flushed_, "abb");
}

TEST_F(BatchScopeTest, AScopeKeepsWhatItFlushesAlive) {
  {
    const BatchScope scope;
    BatchScope::Flush(std::make_shared<Named>("c", flushed_));
  }
  EXPECT_EQ(flushed_, "c");
}

TEST_F(BatchScopeTest, AScopeIsItsThreadsOwn) {
  const BatchScope scope;
  std::thread([this] { BatchScope::Flush(a_); }).join();
  EXPECT_EQ(flushed_, "a");
}

TEST_F(BatchScopeTest, WhatFlushingAsksForIsDoneAtOnce) {
  class Asking final : public Flushable {
   public:
    explicit Asking(std::shared_ptr<Flushable> next) : next_(std::move(next)) {}
    void Flush() override { BatchScope::Flush(next_); }

   private:
    const std::shared_ptr<Flushable> next_;
  };
  {
    const BatchScope scope;
    BatchScope::Flush(std::make_shared<Asking>(a_));
  }
  EXPECT_EQ(flushed_, "a");
}

}  // namespace
}  // namespace signet
