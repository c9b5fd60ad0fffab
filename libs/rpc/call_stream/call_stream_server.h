// The serving end of call streams (call_stream.h).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "libs/base/batch_scope.h"
#include "libs/rpc/call_observer.h"
#include "libs/rpc/call_stream/call_deadlines.h"
#include "libs/rpc/call_stream/call_stream.h"

namespace signet::rpc {

// Thread-safe. Must outlive the server that its streams are opened on, and every call.
template <typename Batch, typename Answers>
class CallStreamServer {
  class Stream;

 public:
  using Request = RequestOf<Batch>;
  using Response = ResponseOf<Answers>;
  using Reactor = grpc::ServerBidiReactor<Batch, Answers>;

  // One call under way. Finish it exactly once, on any thread.
  class Call {
   public:
    Call(std::shared_ptr<Stream> stream, Request request)
        : stream_(std::move(stream)),
          request_(std::move(request)),
          deadline_(started_ + std::chrono::milliseconds(request_.timeout_ms())) {}
    Request& request() { return request_; }
    // Nobody waits for the answer any more.
    bool Abandoned() const {
      return std::chrono::steady_clock::now() >= deadline_ || stream_->Gone();
    }
    // What is left of the caller's time; not below zero.
    std::chrono::milliseconds TimeLeft() const {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          deadline_ - std::chrono::steady_clock::now());
      return std::max(left, std::chrono::milliseconds::zero());
    }
    // The response is sent only where the status is OK. Destroys the call.
    static void Finish(std::unique_ptr<Call> call, const grpc::Status& status,
                       Response response = {}) {
      call->stream_->Answer(*call, status, std::move(response));
      BatchScope::Flush(call->stream_);
    }

   private:
    friend class Stream;
    const std::shared_ptr<Stream> stream_;
    Request request_;
    const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    const std::chrono::steady_clock::time_point deadline_;
  };

  // Must not block.
  using Handler = std::function<void(std::unique_ptr<Call>)>;

  // method: "/package.Service/Method". calls: optional; is told of each call, as of a unary one.
  CallStreamServer(std::string method, Handler handler, CallObserver* calls = nullptr)
      : method_(std::move(method)), handler_(std::move(handler)), calls_(calls) {}

  // For the service's method.
  Reactor* Open(grpc::CallbackServerContext* context) {
    auto stream = std::make_shared<Stream>(*this, *context);
    bool draining = false;
    {
      absl::MutexLock lock(&mutex_);
      draining = draining_;
      if (!draining) streams_.insert(stream);
    }
    stream->Start(stream, draining);
    return stream.get();
  }

  // Takes no new streams, reads no more from those there are, and ends each once its calls have
  // been answered: the caller sends what was not read to another server. Then shut the server down.
  void Drain() {
    std::set<std::shared_ptr<Stream>> streams;
    {
      absl::MutexLock lock(&mutex_);
      draining_ = true;
      streams = streams_;
    }
    for (const auto& stream : streams) stream->Drain();
  }

 private:
  void StopWaiting() {
    std::set<std::shared_ptr<Stream>> streams;
    {
      absl::MutexLock lock(&mutex_);
      streams = streams_;
    }
    for (const auto& stream : streams) stream->StopWaiting();
  }
  void Forget(const std::shared_ptr<Stream>& stream) {
    absl::MutexLock lock(&mutex_);
    streams_.erase(stream);
  }

  const std::string method_;
  const Handler handler_;
  CallObserver* const calls_;
  absl::Mutex mutex_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<std::shared_ptr<Stream>> streams_ ABSL_GUARDED_BY(mutex_);
  CallDeadlines gathering_{[this](const auto& /*messages*/) { StopWaiting(); }};  // ends first
};

// Alive while gRPC uses it (self_) or a call of it is under way.
template <typename Batch, typename Answers>
class CallStreamServer<Batch, Answers>::Stream final : public Reactor, public Flushable {
 public:
  // The context is valid until OnDone.
  Stream(CallStreamServer& server, grpc::CallbackServerContext& context)
      : server_(server), context_(context) {}

  void Start(std::shared_ptr<Stream> self, bool refuse) {
    self_ = std::move(self);
    if (!refuse) {
      this->StartSendInitialMetadata();  // tells the caller that the stream reached its service
      return this->StartRead(&batch_);
    }
    {
      absl::MutexLock lock(&mutex_);
      finished_ = true;
    }
    context_.AddTrailingMetadata(kUnansweredIsUnreadKey, "");
    this->Finish({grpc::StatusCode::UNAVAILABLE, "stopping; nothing was done, try again"});
  }

  void Drain() {
    Step step;
    {
      absl::MutexLock lock(&mutex_);
      draining_ = true;
      step = Next();
    }
    Take(step);
  }

  void StopWaiting() {
    {
      absl::MutexLock lock(&mutex_);
      overdue_ = std::exchange(waits_, false) && !answers_.empty();
    }
    Flush();
  }

  bool Gone() const {
    absl::MutexLock lock(&mutex_);
    return gone_;
  }

  void Answer(const Call& call, const grpc::Status& status, Response response) {
    if (server_.calls_ != nullptr) {
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - call.started_;
      server_.calls_->OnHandled(server_.method_, status.error_code(), took.count(),
                                call.request_.traceparent());
    }
    if (!status.ok()) response = Response();
    response.set_call_id(call.request_.call_id());
    response.set_status_code(static_cast<int32_t>(status.error_code()));
    if (!status.ok()) response.set_status_message(status.error_message());
    absl::MutexLock lock(&mutex_);
    --under_way_;
    if (!gone_) answers_.push_back(std::move(response));
  }

  void Flush() override {
    Step step;
    {
      absl::MutexLock lock(&mutex_);
      step = Next();
    }
    Take(step);
  }

 private:
  enum class Step { kNothing, kWrite, kFinish };

  // What is to be done next; it is the caller's to do, once it holds no lock.
  Step Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || handling_ || finished_) return Step::kNothing;
    if (!gone_ && !answers_.empty()) {
      if (!overdue_ && !HasCompany(answers_.size(), static_cast<size_t>(under_way_))) {
        if (!std::exchange(waits_, true)) server_.gathering_.Add(CallDeadlines::Clock::now(), 0);
        return Step::kNothing;
      }
      overdue_ = false;
      message_.Clear();
      while (!answers_.empty() && message_.answers_size() < kMaxCallsInOneMessage) {
        *message_.add_answers() = std::move(answers_.front());
        answers_.pop_front();
      }
      writing_ = true;
      return Step::kWrite;
    }
    if (gone_ || ((no_more_reads_ || draining_) && under_way_ == 0)) {
      finished_ = true;
      return Step::kFinish;
    }
    return Step::kNothing;
  }

  void Take(Step step) {
    if (step == Step::kWrite) this->StartWrite(&message_);
    if (step != Step::kFinish) return;
    context_.AddTrailingMetadata(kUnansweredIsUnreadKey, "");
    this->Finish(grpc::Status::OK);
  }

  void OnReadDone(bool ok) override {
    if (ok && IsTooMuch()) {
      context_.TryCancel();
      ok = false;
    }
    if (ok && BeginBatch()) {
      HandleBatch();
      if (MayReadOn()) this->StartRead(&batch_);
    }
    Step step;
    {
      absl::MutexLock lock(&mutex_);
      handling_ = false;
      if (!ok) no_more_reads_ = true;
      step = Next();
    }
    Take(step);
  }

  // No caller of ours sends such a message, or leaves so many answers unread.
  bool IsTooMuch() const {
    absl::MutexLock lock(&mutex_);
    return batch_.calls_size() > kMaxCallsInOneMessage ||
           static_cast<size_t>(under_way_) + answers_.size() > kMaxUnansweredCalls;
  }

  // False where the stream has ended: nothing of the batch is done then, and its caller, who gets
  // no answers, sends it to another server.
  bool BeginBatch() {
    absl::MutexLock lock(&mutex_);
    if (finished_) return false;
    under_way_ += batch_.calls_size();
    handling_ = true;  // answers given meanwhile go out together, after it
    return true;
  }

  void HandleBatch() {
    for (Request& request : *batch_.mutable_calls()) {
      if (server_.calls_ != nullptr) server_.calls_->OnStarted(server_.method_);
      server_.handler_(std::make_unique<Call>(self_, std::move(request)));
    }
  }

  bool MayReadOn() {
    absl::MutexLock lock(&mutex_);
    return !draining_ && !gone_;
  }

  void OnWriteDone(bool ok) override {
    Step step;
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      if (!ok) Lose();
      step = Next();
    }
    Take(step);
  }

  void OnCancel() override {
    Step step;
    {
      absl::MutexLock lock(&mutex_);
      Lose();
      step = Next();
    }
    Take(step);
  }

  void Lose() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    gone_ = true;
    answers_.clear();
  }

  void OnDone() override {
    const std::shared_ptr<Stream> self = std::move(self_);
    {
      absl::MutexLock lock(&mutex_);
      Lose();
      finished_ = true;
    }
    server_.Forget(self);
  }

  CallStreamServer& server_;
  grpc::CallbackServerContext& context_;
  std::shared_ptr<Stream> self_;
  Batch batch_;      // being read
  Answers message_;  // being written
  mutable absl::Mutex mutex_;
  std::deque<Response> answers_ ABSL_GUARDED_BY(mutex_);  // to be written; as many as calls
  int under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  bool waits_ ABSL_GUARDED_BY(mutex_) = false;    // for company
  bool overdue_ ABSL_GUARDED_BY(mutex_) = false;  // has waited for long enough
  bool handling_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool no_more_reads_ ABSL_GUARDED_BY(mutex_) = false;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;  // cancelled, or the connection is lost
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace signet::rpc
