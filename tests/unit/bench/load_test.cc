#include "tests/bench/measure/load.h"

#include <gtest/gtest.h>

#include <sched.h>

#include <chrono>
#include <memory>
#include <vector>

namespace signet::bench {
namespace {

using std::chrono::milliseconds;

bool RunsInRealTime() { return (sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_FIFO; }

// Asked of the system itself, not of the class under test.
bool MayRunInRealTime() {
  const sched_param lowest{.sched_priority = 1};
  const sched_param none{.sched_priority = 0};
  return sched_setscheduler(0, SCHED_FIFO, &lowest) == 0 &&
         sched_setscheduler(0, SCHED_OTHER, &none) == 0;
}

// A system under test that answers after a given time, by an alarm on the queue in place of a call.
class TimedPayer final : public Payer {
 public:
  struct System {
    milliseconds stall{0};  // of the next payment alone
    milliseconds answer_after{0};
    grpc::StatusCode instruction_code = grpc::StatusCode::OK;
    int confirmations_to_refuse = 0;
    int payments = 0;
    int payments_in_real_time = 0;
  };

  TimedPayer(grpc::CompletionQueue& queue, System& system) : Payer(queue), system_(system) {}

 private:
  absl::Status SendInstruction() override {
    ++system_.payments;
    if (RunsInRealTime()) ++system_.payments_in_real_time;
    instructing_ = true;
    status_ = grpc::Status(system_.instruction_code, "");
    AnswerAfter(system_.stall + system_.answer_after);
    system_.stall = milliseconds(0);
    return absl::OkStatus();
  }
  absl::Status SendConfirmation() override {
    instructing_ = false;
    SendAgain();
    return absl::OkStatus();
  }
  void SendAgain() override {
    if (instructing_) return AnswerAfter(system_.answer_after);  // the same again
    const bool refuse = system_.confirmations_to_refuse > 0;
    if (refuse) --system_.confirmations_to_refuse;
    status_ = refuse ? grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "") : grpc::Status::OK;
    AnswerAfter(system_.answer_after);
  }
  absl::Status CheckReceipt() override { return absl::OkStatus(); }
  const grpc::Status& CallStatus() const override { return status_; }
  void AnswerAfter(milliseconds time) {
    answer_.Set(&queue(), std::chrono::system_clock::now() + time, static_cast<QueueEvent*>(this));
  }

  System& system_;
  bool instructing_ = false;
  grpc::Status status_;
  grpc::Alarm answer_;
};

class LoadTest : public ::testing::Test {
 protected:
  LoadTest() {
    plan_.warm_up = milliseconds(0);
    plan_.measured = milliseconds(500);
  }
  ~LoadTest() override {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  absl::StatusOr<LoadResult> Run(size_t payers) {
    std::vector<std::unique_ptr<Payer>> made;
    for (size_t i = 0; i < payers; ++i) {
      made.push_back(std::make_unique<TimedPayer>(queue_, system_));
    }
    return Load(queue_, plan_).Run(made);
  }

  grpc::CompletionQueue queue_;
  LoadPlan plan_;
  TimedPayer::System system_;
};

TEST_F(LoadTest, ClosedLoopPaysAgainAtOnceAndCountsBothRoundTrips) {
  system_.answer_after = milliseconds(10);
  const auto result = Run(2);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_GT(result->paid, 0U);
  EXPECT_LE(result->paid, 2 * 500U / 20 + 2);
  EXPECT_GE(result->latency.QuantileMs(0), 20);
  EXPECT_EQ(result->latency.count(), result->paid);
}

TEST_F(LoadTest, AStallIsFeltByEveryPaymentThatWasDueMeanwhile) {
  plan_.rate_per_second = 100;
  system_.stall = milliseconds(400);
  const auto result = Run(1);
  ASSERT_TRUE(result.ok()) << result.status();
  // 50 are due, about 40 of them during the stall: whoever counted from the sending would see one.
  EXPECT_EQ(result->latency.count(), 50U);
  EXPECT_GE(result->latency.QuantileMs(1), 400);
  EXPECT_GE(result->latency.QuantileMs(0.6), 150);
}

TEST_F(LoadTest, ARealTimeLoadRunsInRealTimeWhereItMayAndOnlyUntilItsEnd) {
  plan_.rate_per_second = 100;
  const auto ordinary = Run(1);
  ASSERT_TRUE(ordinary.ok()) << ordinary.status();
  EXPECT_FALSE(ordinary->realtime);
  EXPECT_EQ(system_.payments_in_real_time, 0);
  system_.payments = 0;
  plan_.realtime = true;
  const auto result = Run(1);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->realtime, MayRunInRealTime());
  EXPECT_EQ(system_.payments_in_real_time, result->realtime ? system_.payments : 0);
  EXPECT_FALSE(RunsInRealTime());
}

TEST_F(LoadTest, WithoutAQueueWhatFindsNoPayerIsUnsent) {
  plan_.rate_per_second = 100;
  plan_.queue_unsent = false;
  system_.stall = milliseconds(1'000);
  const auto result = Run(1);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->started, 1U);
  EXPECT_EQ(result->unsent, 49U);
}

TEST_F(LoadTest, ARefusedInstructionIsNeitherPaidNorFailedAndIsSentAgain) {
  system_.instruction_code = grpc::StatusCode::RESOURCE_EXHAUSTED;
  system_.answer_after = milliseconds(5);
  const auto result = Run(1);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->paid, 0U);
  EXPECT_EQ(result->failed, 0U);
  EXPECT_GT(result->refused, 1U);
  EXPECT_EQ(system_.payments, 1);
  EXPECT_GE(result->refusal.QuantileMs(0), 5);
}

TEST_F(LoadTest, ARefusedConfirmationIsSentAgain) {
  plan_.rate_per_second = 4;
  system_.confirmations_to_refuse = 1;
  const auto result = Run(1);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->paid, 2U);
  EXPECT_EQ(result->refused, 1U);
  EXPECT_GE(result->latency.QuantileMs(1), 100);
}

TEST_F(LoadTest, EndsWhereTooManyFail) {
  plan_.failures_allowed = 3;
  system_.instruction_code = grpc::StatusCode::INTERNAL;
  const auto result = Run(1);
  EXPECT_TRUE(absl::IsInternal(result.status())) << result.status();
  EXPECT_EQ(system_.payments, 4);
}

TEST_F(LoadTest, MarksComeInOrderOnce) {
  std::vector<Mark> marks;
  plan_.on_mark = [&](Mark mark) { marks.push_back(mark); };
  ASSERT_TRUE(Run(1).ok());
  EXPECT_EQ(marks, (std::vector<Mark>{Mark::kStart, Mark::kHalf, Mark::kEnd}));
}

}  // namespace
}  // namespace signet::bench
