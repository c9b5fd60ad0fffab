// What is not the message's fault: overload, a platform that is late, gone or wrong, a caller that
// left.
#include <gtest/gtest.h>

#include <future>

#include "absl/synchronization/notification.h"
#include "tests/integration/crypto/crypto_harness.h"
#include "tests/support/failing_module.h"

namespace signet::crypto {
namespace {

using grpc::StatusCode;
using sealing::v1::MessageType;

RecordingPlatform::Processor Failing(StatusCode code) {
  return [code](const platform::v1::ProcessRequest&, platform::v1::ProcessResponse&) {
    return grpc::Status(code, "the platform's own words");
  };
}

// Holds the thread of a device until it is released.
class BusyThread {
 public:
  BusyThread(HsmThreads& threads, uint32_t device_id) {
    std::promise<void> started;
    auto running = started.get_future();
    EXPECT_TRUE(threads.TrySubmit(device_id, [this, &started](size_t) {
      started.set_value();
      released_.WaitForNotification();
    }));
    running.wait();
  }
  ~BusyThread() { Release(); }
  void Release() {
    if (!released_.HasBeenNotified()) released_.Notify();
  }

 private:
  absl::Notification released_;
};

TEST(FailingExchangeTest, AFullQueueIsRefusedAtOnce) {
  HarnessLimits limits;
  limits.queue = 2;
  CryptoHarness harness(limits);
  const SoftwareDevice device = harness.AddDevice(7);
  BusyThread busy(harness.threads(), 7);
  ASSERT_TRUE(harness.threads().TrySubmit(7, [](size_t) {}));
  ASSERT_TRUE(harness.threads().TrySubmit(7, [](size_t) {}));

  const auto answer = harness.Exchange(device.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query"), 7);
  EXPECT_EQ(answer.status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(harness.platform().processed().empty());
  EXPECT_TRUE(harness.AllLeft());
}

TEST(FailingExchangeTest, TooManyUnderWayAreRefusedAtOnce) {
  HarnessLimits limits;
  limits.in_flight = 1;
  CryptoHarness harness(limits);
  const SoftwareDevice device = harness.AddDevice(7);
  absl::Notification processing, released;
  harness.platform().SetProcessor(
      [&](const platform::v1::ProcessRequest&, platform::v1::ProcessResponse& response) {
        processing.Notify();
        released.WaitForNotification();
        response.set_answer_type(MessageType::MESSAGE_TYPE_QUERY_RESULT);
        return grpc::Status::OK;
      });
  auto first = std::async(std::launch::async, [&] {
    return harness.Exchange(device.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query"), 7);
  });
  processing.WaitForNotification();
  const auto second = harness.Exchange(device.Seal(MessageType::MESSAGE_TYPE_QUERY, 2, "query"), 7);
  EXPECT_EQ(second.status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  released.Notify();
  EXPECT_TRUE(first.get().status.ok());
  EXPECT_TRUE(harness.AllLeft());
}

TEST(FailingExchangeTest, WorkThatThePlatformHasBookedIsAnsweredThroughAFullQueue) {
  HarnessLimits limits;
  limits.queue = 2;
  CryptoHarness harness(limits);
  const SoftwareDevice device = harness.AddDevice(7);
  std::unique_ptr<BusyThread> busy;
  absl::Notification full;
  harness.platform().SetProcessor(
      [&](const platform::v1::ProcessRequest&, platform::v1::ProcessResponse& response) {
        busy = std::make_unique<BusyThread>(harness.threads(), 7);
        while (harness.threads().TrySubmit(7, [](size_t) {})) {
        }
        full.Notify();
        response.set_answer_type(MessageType::MESSAGE_TYPE_QUERY_RESULT);
        return grpc::Status::OK;
      });
  auto answer = std::async(std::launch::async, [&] {
    return harness.Exchange(device.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query"), 7);
  });
  full.WaitForNotification();
  busy->Release();
  EXPECT_TRUE(answer.get().status.ok());
}

TEST(FailingExchangeTest, ThePlatformsTroublesArePassedOnInOurWords) {
  CryptoHarness harness;
  const SoftwareDevice device = harness.AddDevice(7);
  const auto message = device.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query");
  const std::pair<StatusCode, StatusCode> expected[] = {
      {StatusCode::RESOURCE_EXHAUSTED, StatusCode::RESOURCE_EXHAUSTED},
      {StatusCode::UNAVAILABLE, StatusCode::UNAVAILABLE},
      {StatusCode::DEADLINE_EXCEEDED, StatusCode::DEADLINE_EXCEEDED},
      {StatusCode::UNAUTHENTICATED, StatusCode::INTERNAL},
      {StatusCode::INTERNAL, StatusCode::INTERNAL}};
  for (const auto& [theirs, ours] : expected) {
    harness.platform().SetProcessor(Failing(theirs));
    const auto answer = harness.Exchange(message, 7);
    EXPECT_EQ(answer.status.error_code(), ours) << theirs;
    EXPECT_EQ(answer.status.error_message().find("own words"), std::string::npos);
  }
  EXPECT_TRUE(harness.AllLeft());
}

TEST(FailingExchangeTest, ARegistryInTroubleIsNoRefusal) {
  CryptoHarness harness;
  const SoftwareDevice device = harness.AddDevice(7);
  harness.platform().SetRegistryStatus({StatusCode::UNAVAILABLE, "down"});
  const auto message = device.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query");
  EXPECT_EQ(harness.Exchange(message, 7).status.error_code(), StatusCode::UNAVAILABLE);
  harness.platform().SetRegistryStatus(grpc::Status::OK);
  harness.platform().SetProcessor(Failing(StatusCode::PERMISSION_DENIED));
  EXPECT_EQ(harness.Exchange(message, 7).status.error_code(), StatusCode::PERMISSION_DENIED);
}

TEST(FailingExchangeTest, ABrokenModuleIsNoForgery) {
  testing::FailingModule failing;
  HarnessLimits limits;
  limits.module = failing.path();
  CryptoHarness harness(limits);
  const SoftwareDevice device = harness.AddDevice(7);
  const auto message = device.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query");
  harness.platform().SetProcessor(
      [](const platform::v1::ProcessRequest&, platform::v1::ProcessResponse& response) {
        response.set_answer_type(MessageType::MESSAGE_TYPE_QUERY_RESULT);
        return grpc::Status::OK;
      });
  // A login that is lost meanwhile is made anew, and the message opened.
  failing.LogOutAtDecrypt();
  EXPECT_TRUE(harness.Exchange(message, 7).status.ok());
  EXPECT_EQ(harness.Metric("signet_hsm_reopens_total"), 1);

  failing.Fail({.code = 5 /* CKR_GENERAL_ERROR */, .function = "C_Decrypt"});
  EXPECT_EQ(harness.Exchange(message, 7).status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(harness.Metric("signet_hsm_operations_total{op=\"open\",result=\"error\"}"), 1);
  EXPECT_EQ(harness.Metric("signet_hsm_operations_total{op=\"open\",result=\"refused\"}"), 0);
  EXPECT_EQ(harness.Rejected("bad_tag"), 0);
  EXPECT_TRUE(harness.AllLeft());
}

TEST(FailingExchangeTest, AnAnswerOfNoKnownTypeIsNeverSealed) {
  CryptoHarness harness;
  const SoftwareDevice device = harness.AddDevice(7);
  for (auto type : {MessageType::MESSAGE_TYPE_UNSPECIFIED, MessageType::MESSAGE_TYPE_QUERY,
                    static_cast<MessageType>(77)}) {
    harness.platform().SetProcessor(
        [type](const platform::v1::ProcessRequest&, platform::v1::ProcessResponse& response) {
          response.set_answer_type(type);
          return grpc::Status::OK;
        });
    const auto answer =
        harness.Exchange(device.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query"), 7);
    EXPECT_EQ(answer.status.error_code(), StatusCode::INTERNAL);
  }
  EXPECT_EQ(harness.Metric("signet_hsm_operations_total{op=\"seal\",result=\"ok\"}"), 0);
}

TEST(FailingExchangeTest, AnAnswerThatIsTooLongIsAnInternalError) {
  CryptoHarness harness;
  const SoftwareDevice device = harness.AddDevice(7);
  harness.platform().SetProcessor(
      [](const platform::v1::ProcessRequest&, platform::v1::ProcessResponse& response) {
        response.set_answer_type(MessageType::MESSAGE_TYPE_QUERY_RESULT);
        response.set_answer_body(std::string(sealing::kMaxSealedMessageBytes, 'b'));
        return grpc::Status::OK;
      });
  const auto answer = harness.Exchange(device.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query"), 7);
  EXPECT_EQ(answer.status.error_code(), StatusCode::INTERNAL);
  EXPECT_TRUE(harness.AllLeft());
}

TEST(FailingExchangeTest, APlatformThatIsLateEndsByTheTimeout) {
  HarnessLimits limits;
  limits.platform_timeout = std::chrono::milliseconds(100);
  CryptoHarness harness(limits);
  const SoftwareDevice device = harness.AddDevice(7);
  absl::Notification released;
  harness.platform().SetProcessor(
      [&](const platform::v1::ProcessRequest&, platform::v1::ProcessResponse&) {
        released.WaitForNotification();
        return grpc::Status::OK;
      });
  const auto answer = harness.Exchange(device.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query"), 7);
  EXPECT_EQ(answer.status.error_code(), StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(harness.AllLeft());
  released.Notify();
}

TEST(FailingExchangeTest, ACallerThatLeavesEndsTheCall) {
  CryptoHarness harness;
  const SoftwareDevice device = harness.AddDevice(7);
  absl::Notification released;
  harness.platform().SetProcessor(
      [&](const platform::v1::ProcessRequest&, platform::v1::ProcessResponse& response) {
        released.WaitForNotification();
        response.set_answer_type(MessageType::MESSAGE_TYPE_QUERY_RESULT);
        return grpc::Status::OK;
      });
  // Its own deadline is much shorter than the platform's timeout.
  const auto answer = harness.Exchange(device.Seal(MessageType::MESSAGE_TYPE_QUERY, 1, "query"), 7,
                                       std::chrono::milliseconds(300));
  EXPECT_EQ(answer.status.error_code(), StatusCode::DEADLINE_EXCEEDED);
  harness.StopServer();  // returns when the call has ended, though the platform still holds it
  EXPECT_TRUE(harness.AllLeft());
  EXPECT_EQ(harness.Metric("signet_hsm_operations_total{op=\"seal\",result=\"ok\"}"), 0);
  released.Notify();
}

}  // namespace
}  // namespace signet::crypto
