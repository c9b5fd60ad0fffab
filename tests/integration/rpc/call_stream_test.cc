// Call streams between a real server and a real channel: every call ends exactly once, whatever
// happens to the stream under it.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "libs/base/batch_scope.h"
#include "libs/rpc/call_stream/call_stream_client.h"
#include "libs/rpc/call_stream/call_stream_server.h"
#include "signet/platform/v1/processor.grpc.pb.h"
#include "tests/support/call_streams.h"

namespace signet::rpc {
namespace {

using platform::v1::ProcessAnswers;
using platform::v1::ProcessBatch;
using platform::v1::ProcessRequest;
using platform::v1::ProcessResponse;
using Client = CallStreamClient<ProcessBatch, ProcessAnswers>;
using Streams = CallStreamServer<ProcessBatch, ProcessAnswers>;

class CountingObserver final : public CallObserver {
 public:
  void OnStarted(const std::string&) override { ++started; }
  void OnHandled(const std::string&, grpc::StatusCode code, double, std::string_view) override {
    absl::MutexLock lock(&mutex_);
    ++handled_[code];
  }
  int handled(grpc::StatusCode code) {
    absl::MutexLock lock(&mutex_);
    return handled_[code];
  }
  std::atomic<int> started = 0;

 private:
  absl::Mutex mutex_;
  std::map<grpc::StatusCode, int> handled_ ABSL_GUARDED_BY(mutex_);
};

// Answers with the body it was sent, or keeps the call for the test where told to.
class Service final : public platform::v1::PaymentProcessor::CallbackService {
 public:
  explicit Service(CallObserver* calls)
      : streams(
            "process", [this](std::unique_ptr<Streams::Call> call) { Handle(std::move(call)); },
            calls) {}

  Streams::Reactor* Process(grpc::CallbackServerContext* context) override {
    ++opened;
    return streams.Open(context);
  }
  static void Echo(std::unique_ptr<Streams::Call> call) {
    ProcessResponse response;
    response.set_answer_body(call->request().body());
    Streams::Call::Finish(std::move(call), grpc::Status::OK, std::move(response));
  }
  std::vector<std::unique_ptr<Streams::Call>> AwaitKept(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [&]()
                            ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return kept_.size() >= count; };
    mutex_.Await(absl::Condition(&enough));
    return std::move(kept_);
  }

  std::atomic<bool> keep = false;
  std::atomic<int> opened = 0;
  Streams streams;

 private:
  void Handle(std::unique_ptr<Streams::Call> call) {
    if (call->request().body() == "refuse") {
      ProcessResponse secret;
      secret.set_answer_body("must not be sent");
      return Streams::Call::Finish(
          std::move(call), {grpc::StatusCode::PERMISSION_DENIED, "refused"}, std::move(secret));
    }
    if (!keep) return Echo(std::move(call));
    absl::MutexLock lock(&mutex_);
    kept_.push_back(std::move(call));
  }

  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Streams::Call>> kept_ ABSL_GUARDED_BY(mutex_);
};

class CallStreamTest : public ::testing::Test {
 protected:
  CallStreamTest() { StartServer("127.0.0.1:0"); }
  ~CallStreamTest() override {
    client_.reset();
    StopServer();
  }

  void StartServer(const std::string& address) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    address_ = "127.0.0.1:" + std::to_string(port);
  }
  void StopServer() {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    server_.reset();
  }
  Client& client() {
    if (client_ == nullptr) {
      channel_ = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
      stub_ = platform::v1::PaymentProcessor::NewStub(channel_);
      client_ = std::make_unique<Client>(
          "process",
          [this](grpc::ClientContext* context, auto* reactor) {
            stub_->async()->Process(context, reactor);
          },
          &client_calls_);
    }
    return *client_;
  }
  testing::StreamedAnswer<ProcessResponse> Call(
      const std::string& body, std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    ProcessRequest request;
    request.set_body(body);
    return testing::CallAndWait(client(), std::move(request), timeout);
  }
  std::future<testing::StreamedAnswer<ProcessResponse>> CallLater(const std::string& body) {
    client();
    return std::async(std::launch::async, [this, body] { return Call(body); });
  }

  CountingObserver server_calls_, client_calls_;
  Service service_{&server_calls_};
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<platform::v1::PaymentProcessor::Stub> stub_;
  std::unique_ptr<Client> client_;
};

TEST_F(CallStreamTest, ManyCallersShareOneStreamAndEachGetsItsOwnAnswer) {
  constexpr int kThreads = 8;
  constexpr int kCalls = 500;
  client();
  std::vector<std::thread> callers;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < kThreads; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < kCalls; ++i) {
        const std::string body = std::to_string(t) + "/" + std::to_string(i);
        const auto answer = Call(body);
        if (!answer.status.ok() || answer.response.answer_body() != body) ++wrong;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(service_.opened, 1);
  EXPECT_EQ(server_calls_.started, kThreads * kCalls);
  EXPECT_EQ(server_calls_.handled(grpc::StatusCode::OK), kThreads * kCalls);
  EXPECT_EQ(client_calls_.handled(grpc::StatusCode::OK), kThreads * kCalls);
}

TEST_F(CallStreamTest, MoreCallsThanOneMessageHoldsAreAllAnswered) {
  service_.keep = true;
  constexpr size_t kCalls = 5 * kMaxCallsInOneMessage + 1;
  std::atomic<size_t> answered = 0;
  absl::Notification all;
  for (size_t i = 0; i < kCalls; ++i) {
    client().Call({}, std::chrono::seconds(20), [&](const grpc::Status& status, ProcessResponse&) {
      EXPECT_TRUE(status.ok()) << status.error_message();
      if (++answered == kCalls) all.Notify();
    });
  }
  for (auto& call : service_.AwaitKept(kCalls)) Service::Echo(std::move(call));
  all.WaitForNotification();
}

// A peer that is not our client.
class StrangersStream {
 public:
  explicit StrangersStream(const std::string& address)
      : stub_(platform::v1::PaymentProcessor::NewStub(
            grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))),
        stream_(stub_->Process(&context_)) {}
  bool Send(int calls) {
    platform::v1::ProcessBatch batch;
    for (int i = 0; i < calls; ++i) batch.add_calls()->set_timeout_ms(60'000);
    return stream_->Write(batch);
  }
  // What it ends with, once the server ends it.
  grpc::StatusCode Code() {
    platform::v1::ProcessAnswers answers;
    while (stream_->Read(&answers)) {
    }
    return stream_->Finish().error_code();
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<platform::v1::PaymentProcessor::Stub> stub_;
  std::unique_ptr<
      grpc::ClientReaderWriter<platform::v1::ProcessBatch, platform::v1::ProcessAnswers>>
      stream_;
};

TEST_F(CallStreamTest, AMessageOfTooManyCallsEndsItsStreamUnread) {
  StrangersStream full(address_);
  ASSERT_TRUE(full.Send(kMaxCallsInOneMessage));
  StrangersStream stranger(address_);
  ASSERT_TRUE(stranger.Send(kMaxCallsInOneMessage + 1));
  EXPECT_EQ(stranger.Code(), grpc::StatusCode::CANCELLED);
  EXPECT_LE(server_calls_.started, kMaxCallsInOneMessage);
}

TEST_F(CallStreamTest, WhoLeavesTooManyCallsUnansweredIsCutOff) {
  service_.keep = true;
  StrangersStream stranger(address_);
  size_t sent = 0;
  while (sent < 4 * kMaxUnansweredCalls && stranger.Send(kMaxCallsInOneMessage)) {
    sent += kMaxCallsInOneMessage;
  }
  EXPECT_EQ(stranger.Code(), grpc::StatusCode::CANCELLED);
  EXPECT_LE(static_cast<size_t>(server_calls_.started),
            kMaxUnansweredCalls + kMaxCallsInOneMessage);
  for (auto& call : service_.AwaitKept(static_cast<size_t>(server_calls_.started))) {
    Service::Echo(std::move(call));
  }
}

TEST_F(CallStreamTest, AServerThatAnswersNothingIsAskedNoMore) {
  service_.keep = true;
  EXPECT_EQ(Call("lost", std::chrono::milliseconds(50)).status.error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  service_.keep = false;
  EXPECT_TRUE(Call("next").status.ok());
  EXPECT_EQ(service_.opened, 2) << "the next call takes another stream, maybe to another server";
  for (auto& call : service_.AwaitKept(1)) Service::Echo(std::move(call));
}

TEST_F(CallStreamTest, AStatusThatIsNotOkComesWithoutAnAnswer) {
  const auto answer = Call("refuse");
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(answer.status.error_message(), "refused");
  EXPECT_EQ(answer.response.answer_body(), "");
  EXPECT_EQ(server_calls_.handled(grpc::StatusCode::PERMISSION_DENIED), 1);
}

TEST_F(CallStreamTest, ACallThatIsNotAnsweredInTimeEndsAndTheOthersGoOn) {
  service_.keep = true;
  client();
  auto late = std::async(std::launch::async,
                         [this] { return Call("late", std::chrono::milliseconds(500)); });
  auto kept = service_.AwaitKept(1);
  service_.keep = false;
  EXPECT_TRUE(Call("meanwhile").status.ok());
  EXPECT_EQ(late.get().status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(kept[0]->Abandoned());
  EXPECT_EQ(kept[0]->TimeLeft().count(), 0);
  Service::Echo(std::move(kept[0]));  // too late: it is nobody's
  const auto next = Call("next");
  EXPECT_TRUE(next.status.ok());
  EXPECT_EQ(next.response.answer_body(), "next");
  EXPECT_EQ(service_.opened, 1);
}

TEST_F(CallStreamTest, WithoutAServerACallEndsAtOnceAndALaterOneFindsTheNewServer) {
  StopServer();
  EXPECT_EQ(Call("nobody").status.error_code(), grpc::StatusCode::UNAVAILABLE);
  StartServer(address_);
  ASSERT_TRUE(
      channel_->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(20)));
  EXPECT_TRUE(Call("back").status.ok());
}

TEST_F(CallStreamTest, AServerThatIsCutOffLeavesNoCallUnended) {
  service_.keep = true;
  auto first = CallLater("first");
  auto second = CallLater("second");
  auto kept = service_.AwaitKept(2);
  StopServer();
  EXPECT_EQ(first.get().status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(second.get().status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(kept[0]->Abandoned());
  for (auto& call : kept) Service::Echo(std::move(call));  // into a stream that is gone: no harm
}

TEST_F(CallStreamTest, DrainingAnswersWhatIsUnderWayThenEndsTheStream) {
  service_.keep = true;
  auto under_way = CallLater("under way");
  auto kept = service_.AwaitKept(1);
  service_.streams.Drain();
  Service::Echo(std::move(kept[0]));
  const auto answer = under_way.get();
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.response.answer_body(), "under way");
  // Streams are refused from here on; nothing hangs.
  EXPECT_EQ(Call("after").status.error_code(), grpc::StatusCode::UNAVAILABLE);
  server_->Shutdown();  // without a deadline: returns only when every stream has ended
}

// Two servers behind one channel, as replicas are.
class TwoServersTest : public ::testing::Test {
 protected:
  struct Replica {
    Service service{nullptr};
    std::unique_ptr<grpc::Server> server;
    int port = 0;
  };
  void SetUp() override {
    for (Replica& replica : replicas_) {
      grpc::ServerBuilder builder;
      builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &replica.port);
      builder.RegisterService(&replica.service);
      replica.server = builder.BuildAndStart();
    }
    grpc::ChannelArguments arguments;
    arguments.SetLoadBalancingPolicyName("round_robin");
    channel_ = grpc::CreateCustomChannel("ipv4:127.0.0.1:" + std::to_string(replicas_[0].port) +
                                             ",127.0.0.1:" + std::to_string(replicas_[1].port),
                                         grpc::InsecureChannelCredentials(), arguments);
    stub_ = platform::v1::PaymentProcessor::NewStub(channel_);
  }
  void TearDown() override {
    client_.reset();
    for (Replica& replica : replicas_) replica.server->Shutdown(std::chrono::system_clock::now());
  }

  Replica replicas_[2];
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<platform::v1::PaymentProcessor::Stub> stub_;
  std::unique_ptr<Client> client_ =
      std::make_unique<Client>("process", [this](grpc::ClientContext* context, auto* reactor) {
        stub_->async()->Process(context, reactor);
      });
};

TEST_F(TwoServersTest, WhatAStoppingServerHasNotReadGoesToTheOther) {
  constexpr int kThreads = 4;
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0;
  std::atomic<int> answered = 0;
  std::vector<std::thread> callers;
  for (int t = 0; t < kThreads; ++t) {
    callers.emplace_back([&] {
      while (!stop) {
        ProcessRequest request;
        request.set_body("pay");
        const auto answer =
            testing::CallAndWait(*client_, std::move(request), std::chrono::seconds(20));
        answer.status.ok() ? ++answered : ++failed;
      }
    });
  }
  const auto await_more = [&answered] {
    const int before = answered;
    while (answered < before + 200) std::this_thread::yield();
  };
  await_more();
  replicas_[0].service.streams.Drain();
  replicas_[0].server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(20));
  await_more();
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failed, 0) << "of " << answered;
}

TEST_F(CallStreamTest, ACallIsNotSentWithoutEnd) {
  EXPECT_TRUE(Call("first").status.ok());
  service_.streams.Drain();
  // The server still listens, and refuses every stream.
  const int before = service_.opened;
  EXPECT_EQ(Call("refused").status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_LE(service_.opened - before, kMaxSends);
}

TEST_F(CallStreamTest, TheClientsEndEndsItsCalls) {
  service_.keep = true;
  absl::Notification ended;
  grpc::StatusCode code = grpc::StatusCode::OK;
  client().Call({}, std::chrono::seconds(20), [&](const grpc::Status& status, ProcessResponse&) {
    code = status.error_code();
    ended.Notify();
  });
  auto kept = service_.AwaitKept(1);
  client_.reset();
  EXPECT_TRUE(ended.HasBeenNotified());
  EXPECT_EQ(code, grpc::StatusCode::UNAVAILABLE);
  Streams::Call::Finish(std::move(kept[0]), grpc::Status::OK);
}

// A server that notes how many calls each message of a stream carries, and answers when it is told.
class MessageSizes final : public platform::v1::PaymentProcessor::Service {
 public:
  MessageSizes() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    stub_ = platform::v1::PaymentProcessor::NewStub(grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  }
  ~MessageSizes() override { server_->Shutdown(std::chrono::system_clock::now()); }

  Client::Opener Open() {
    return [this](grpc::ClientContext* context, auto* reactor) {
      stub_->async()->Process(context, reactor);
    };
  }
  void AwaitCalls(int count) {
    absl::MutexLock lock(&mutex_);
    const auto read = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return std::accumulate(sizes_.begin(), sizes_.end(), 0) >= count;
    };
    mutex_.Await(absl::Condition(&read));
  }
  std::vector<int> sizes() {
    absl::MutexLock lock(&mutex_);
    return sizes_;
  }
  // All that was read.
  void Answer() {
    absl::MutexLock lock(&mutex_);
    stream_->Write(answers_);
    answers_.Clear();
  }

  grpc::Status Process(grpc::ServerContext*,
                       grpc::ServerReaderWriter<ProcessAnswers, ProcessBatch>* stream) override {
    ProcessBatch batch;
    while (stream->Read(&batch)) {
      absl::MutexLock lock(&mutex_);
      stream_ = stream;
      sizes_.push_back(batch.calls_size());
      for (const ProcessRequest& call : batch.calls()) {
        answers_.add_answers()->set_call_id(call.call_id());
      }
    }
    return grpc::Status::OK;
  }

 private:
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<platform::v1::PaymentProcessor::Stub> stub_;
  absl::Mutex mutex_;
  std::vector<int> sizes_ ABSL_GUARDED_BY(mutex_);
  ProcessAnswers answers_ ABSL_GUARDED_BY(mutex_);
  grpc::ServerReaderWriter<ProcessAnswers, ProcessBatch>* stream_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

TEST_F(CallStreamTest, CallsOfOneScopeTravelInOneMessage) {
  MessageSizes service;
  Client client("process", service.Open());
  absl::BlockingCounter answered(4);
  const auto call = [&] {
    client.Call({}, std::chrono::seconds(20), [&](const grpc::Status& status, ProcessResponse&) {
      EXPECT_TRUE(status.ok());
      answered.DecrementCount();
    });
  };
  call();  // opens the stream
  service.AwaitCalls(1);
  {
    const BatchScope scope;
    for (int i = 0; i < 3; ++i) call();
  }
  service.AwaitCalls(4);
  EXPECT_EQ(service.sizes(), (std::vector<int>{1, 3}));
  service.Answer();
  answered.Wait();
}

TEST_F(CallStreamTest, TheClientOutlivesTheScopesItWasCalledIn) {
  absl::Notification called, ended, release;
  client();
  std::thread caller([&] {
    const BatchScope scope;
    client_->Call({}, std::chrono::seconds(20), [&](const grpc::Status& status, ProcessResponse&) {
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
      ended.Notify();
    });
    called.Notify();
    release.WaitForNotification();
  });
  called.WaitForNotification();
  auto destroyed = std::async(std::launch::async, [this] { client_.reset(); });
  ended.WaitForNotification();
  EXPECT_EQ(destroyed.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  release.Notify();
  caller.join();
  destroyed.get();
}

TEST_F(CallStreamTest, AnswersOfOneScopeTravelInOneMessage) {
  service_.keep = true;
  client();
  grpc::ClientContext context;
  const auto stream = stub_->Process(&context);
  ProcessBatch batch;
  for (uint64_t id = 1; id <= 3; ++id) {
    ProcessRequest& call = *batch.add_calls();
    call.set_call_id(id);
    call.set_timeout_ms(20'000);
  }
  ASSERT_TRUE(stream->Write(batch));
  std::vector<std::unique_ptr<Streams::Call>> kept;
  while (kept.size() < 3) {
    for (auto& call : service_.AwaitKept(1)) kept.push_back(std::move(call));
  }
  {
    const BatchScope scope;
    for (auto& call : kept) Service::Echo(std::move(call));
  }
  ProcessAnswers answers;
  ASSERT_TRUE(stream->Read(&answers));
  EXPECT_EQ(answers.answers_size(), 3);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

// Gathering has a time limit, which may strike between two calls of a test, or two answers.
constexpr int kTries = 20;
constexpr int kEnough = 15;
constexpr std::chrono::milliseconds kPause{5};  // until a message has left

TEST_F(CallStreamTest, CallsGatherUntilTheyAreAsManyAsAreOut) {
  int shared = 0;
  for (int i = 0; i < kTries; ++i) {
    MessageSizes service;
    Client client("process", service.Open());
    absl::BlockingCounter ended(4);
    for (int call = 0; call < 4; ++call) {
      client.Call({}, std::chrono::seconds(20),
                  [&](const grpc::Status&, ProcessResponse&) { ended.DecrementCount(); });
      if (call < 2) service.AwaitCalls(call + 1);
      if (call < 2) std::this_thread::sleep_for(kPause);
    }
    service.AwaitCalls(4);
    if (service.sizes() == std::vector<int>{1, 1, 2}) ++shared;
    service.Answer();
    ended.Wait();
  }
  EXPECT_GE(shared, kEnough);
}

TEST_F(CallStreamTest, AnswersGatherUntilTheyAreAsManyAsAreOut) {
  service_.keep = true;
  client();
  grpc::ClientContext context;
  const auto stream = stub_->Process(&context);
  int shared = 0;
  for (int i = 0; i < kTries; ++i) {
    ProcessBatch batch;
    for (uint64_t id = 1; id <= 4; ++id) {
      ProcessRequest& call = *batch.add_calls();
      call.set_call_id(id);
      call.set_timeout_ms(20'000);
    }
    ASSERT_TRUE(stream->Write(batch));
    std::vector<std::unique_ptr<Streams::Call>> kept = service_.AwaitKept(4);
    std::this_thread::sleep_for(kPause);
    for (auto& call : kept) Service::Echo(std::move(call));
    std::vector<int> sizes;
    for (int answers = 0; answers < 4; answers += sizes.back()) {
      ProcessAnswers message;
      ASSERT_TRUE(stream->Read(&message));
      sizes.push_back(message.answers_size());
    }
    if (sizes.front() == 2) ++shared;
  }
  EXPECT_GE(shared, kEnough);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(CallStreamTest, CallsThatHangHoldUpNoOthers) {
  service_.keep = true;
  std::vector<std::future<testing::StreamedAnswer<ProcessResponse>>> hanging;
  for (int i = 0; i < 5; ++i) hanging.push_back(CallLater("hangs"));
  auto kept = service_.AwaitKept(5);
  service_.keep = false;
  const auto answer = Call("goes on", std::chrono::seconds(5));
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  for (auto& call : kept) Service::Echo(std::move(call));
  for (auto& call : hanging) EXPECT_TRUE(call.get().status.ok());
}

}  // namespace
}  // namespace signet::rpc
