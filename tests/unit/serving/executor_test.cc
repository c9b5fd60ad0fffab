#include "libs/serving/executor.h"

#include <atomic>
#include <set>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "libs/base/batch_scope.h"

namespace signet::serving {
namespace {

TEST(ExecutorTest, TasksRunOnNumberedThreads) {
  Executor executor(2, 10);
  absl::BlockingCounter both(2);
  absl::Notification go;
  absl::Mutex mutex;
  std::set<size_t> indexes;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(executor.TrySubmit([&](size_t index) {
      {
        absl::MutexLock lock(&mutex);
        indexes.insert(index);
      }
      both.DecrementCount();
      go.WaitForNotification();
    }));
  }
  both.Wait();
  go.Notify();
  executor.Stop();
  EXPECT_EQ(indexes, (std::set<size_t>{0, 1}));
  EXPECT_EQ(executor.threads(), 2U);
}

// One thread, held by a task until released.
class HeldExecutorTest : public ::testing::Test {
 protected:
  HeldExecutorTest() {
    EXPECT_TRUE(executor_.TrySubmit([this](size_t) {
      running_.Notify();
      release_.WaitForNotification();
    }));
    running_.WaitForNotification();
  }
  absl::Notification running_;
  absl::Notification release_;
  std::vector<int> order_;  // written by the one thread, read after Stop
  Executor executor_{1, 2};
};

TEST_F(HeldExecutorTest, AFullQueueRefusesAtOnce) {
  EXPECT_TRUE(executor_.TrySubmit([this](size_t) { order_.push_back(1); }));
  EXPECT_TRUE(executor_.TrySubmit([this](size_t) { order_.push_back(2); }));
  EXPECT_FALSE(executor_.TrySubmit([this](size_t) { order_.push_back(3); }));
  release_.Notify();
  executor_.Stop();
  EXPECT_EQ(order_, (std::vector<int>{1, 2}));
}

TEST_F(HeldExecutorTest, AdmittedWorkGoesBeforeNewWorkAndIsNotRefused) {
  EXPECT_TRUE(executor_.TrySubmit([this](size_t) { order_.push_back(1); }));
  EXPECT_TRUE(executor_.TrySubmit([this](size_t) { order_.push_back(2); }));
  executor_.SubmitAdmitted([this](size_t) { order_.push_back(10); });
  executor_.SubmitAdmitted([this](size_t) { order_.push_back(11); });
  release_.Notify();
  executor_.Stop();
  EXPECT_EQ(order_, (std::vector<int>{10, 11, 1, 2}));
}

TEST_F(HeldExecutorTest, StopRunsWhatIsQueuedWithItsSecondHalves) {
  EXPECT_TRUE(executor_.TrySubmit([this](size_t) {
    order_.push_back(1);
    executor_.SubmitAdmitted([this](size_t) { order_.push_back(2); });
  }));
  release_.Notify();
  executor_.Stop();
  EXPECT_EQ(order_, (std::vector<int>{1, 2}));
  EXPECT_FALSE(executor_.TrySubmit([this](size_t) { order_.push_back(3); }));
  executor_.Stop();
  EXPECT_EQ(order_.size(), 2U);
}

TEST(ExecutorTest, ManyProducersLoseNothing) {
  std::atomic<int> ran = 0;
  std::atomic<int> taken = 0;
  {
    Executor executor(3, 50);
    std::vector<std::thread> producers;
    for (int i = 0; i < 4; ++i) {
      producers.emplace_back([&] {
        for (int j = 0; j < 500; ++j) {
          if (executor.TrySubmit([&](size_t) { ++ran; })) ++taken;
        }
      });
    }
    for (std::thread& producer : producers) producer.join();
  }
  EXPECT_EQ(ran, taken);
  EXPECT_GT(taken, 0);
}

// What two waiting tasks gather leaves once, after both.
TEST_F(HeldExecutorTest, TasksThatWaitAreOneBatch) {
  class Gathered final : public Flushable {
   public:
    explicit Gathered(std::vector<int>& order) : order_(order) {}
    void Flush() override { order_.push_back(0); }

   private:
    std::vector<int>& order_;
  };
  const auto gathered = std::make_shared<Gathered>(order_);
  for (const int task : {1, 2}) {
    EXPECT_TRUE(executor_.TrySubmit([this, task, gathered](size_t) {
      order_.push_back(task);
      BatchScope::Flush(gathered);
    }));
  }
  release_.Notify();
  executor_.Stop();
  EXPECT_EQ(order_, (std::vector<int>{1, 2, 0}));
}

TEST(AdmissionTest, SparePlacesAreForTheMoreUrgent) {
  Admission admission(4);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(admission.TryEnter(1));
  EXPECT_FALSE(admission.TryEnter(1));
  EXPECT_TRUE(admission.TryEnter());
  EXPECT_FALSE(admission.TryEnter());
  EXPECT_FALSE(Admission(1).TryEnter(1));
}

TEST(AdmissionTest, NoMoreThanTheLimitAreInside) {
  Admission admission(2);
  EXPECT_TRUE(admission.TryEnter());
  EXPECT_TRUE(admission.TryEnter());
  EXPECT_FALSE(admission.TryEnter());
  admission.Leave();
  EXPECT_TRUE(admission.TryEnter());
}

}  // namespace
}  // namespace signet::serving
