// The calling end of call streams (call_stream.h).
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/client_callback.h"
#include "libs/base/batch_scope.h"
#include "libs/rpc/call_observer.h"
#include "libs/rpc/call_stream/call_deadlines.h"
#include "libs/rpc/call_stream/call_stream.h"

namespace signet::rpc {

// Opens a stream when it is first needed, and another whenever one has ended or is old. Whoever
// bounds the calls under way (serving::Admission) bounds its memory. Thread-safe.
template <typename Batch, typename Answers>
class CallStreamClient {
  class Stream;

 public:
  using Request = RequestOf<Batch>;
  using Response = ResponseOf<Answers>;
  // The stub's async()->Method(context, reactor).
  using Opener =
      std::function<void(grpc::ClientContext*, grpc::ClientBidiReactor<Batch, Answers>*)>;
  // Called once, on any thread; must not block. UNAVAILABLE: no server was there, or the stream
  // broke, and then what became of the call is unknown. What a server that stops has not read is
  // sent to another one, without a word.
  using Done = std::function<void(const grpc::Status&, Response&)>;

  // method: "/package.Service/Method". calls: optional; is told of each call, as of a unary one.
  CallStreamClient(std::string method, Opener opener, CallObserver* calls = nullptr)
      : method_(std::move(method)),
        opener_(std::move(opener)),
        calls_(calls),
        deadlines_([this](const std::vector<uint64_t>& ids) { Late(ids); }) {}
  // Ends what is under way with UNAVAILABLE and waits until all has ended, and every BatchScope in
  // which it was called: so not from within one.
  ~CallStreamClient();
  CallStreamClient(const CallStreamClient&) = delete;
  CallStreamClient& operator=(const CallStreamClient&) = delete;

  // timeout: at most kCallStreamGrace. Sets the request's call_id and timeout_ms.
  void Call(Request request, std::chrono::milliseconds timeout, Done done);

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr uint64_t kGathering = 0;  // among the deadlines: of messages, not of a call

  struct Pending {
    Stream* stream = nullptr;
    Request request;  // to be sent again
    Done done;
    Clock::time_point started;
    Clock::time_point deadline;
    int sends = 0;
  };
  // What is to be done to streams once the mutex is released.
  struct ToDo {
    std::shared_ptr<Stream> stream, old;
    bool is_new = false;
  };

  // The stream for a new call. A new one is to be opened, and the old one told to proceed.
  std::shared_ptr<Stream> StreamForCall(std::shared_ptr<Stream>& old, bool& is_new)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Puts it on a stream, and keeps it until it is answered. Nothing where the client closes.
  ToDo Send(Pending& pending) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Do(ToDo to_do);
  void Answered(Stream& stream, Answers& answers);
  // unread: what the server has not answered it has not read.
  void Ended(const std::shared_ptr<Stream>& stream, const grpc::Status& status, bool unread);
  bool MayGoAgain(const Pending& pending) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(Pending& pending, const grpc::Status& status, Response& response);
  Pending Take(uint64_t id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The server of the stream that takes calls has answered nothing since the call was sent: the
  // next ones shall not wait for it, too.
  bool IsSilent(const Pending& late) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return current_ != nullptr && late.stream == current_.get() &&
           !current_->HeardSince(late.started);
  }
  void Late(const std::vector<uint64_t>& ids);

  const std::string method_;
  const Opener opener_;
  CallObserver* const calls_;
  absl::Mutex mutex_;
  std::shared_ptr<Stream> current_ ABSL_GUARDED_BY(mutex_);
  std::set<std::shared_ptr<Stream>> streams_ ABSL_GUARDED_BY(mutex_);  // that have not ended
  std::unordered_map<uint64_t, Pending> pending_ ABSL_GUARDED_BY(mutex_);
  int alive_ ABSL_GUARDED_BY(mutex_) = 0;  // streams; one that has ended may wait in a BatchScope
  uint64_t last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  CallDeadlines deadlines_;  // ends first
};

// Its fields are guarded by the client's mutex. gRPC's operations are started without holding it,
// since gRPC may run the next reaction on the same thread.
template <typename Batch, typename Answers>
class CallStreamClient<Batch, Answers>::Stream final
    : public grpc::ClientBidiReactor<Batch, Answers>,
      public Flushable {
 public:
  explicit Stream(CallStreamClient& client) ABSL_EXCLUSIVE_LOCKS_REQUIRED(client.mutex_)
      : client_(client) {
    ++client.alive_;
  }
  ~Stream() override {
    // It holds the channel, which must not end here once the client is told that this has: a
    // channel that ends on one of gRPC's own threads takes that thread's queue from under it.
    context_.reset();
    absl::MutexLock lock(&client_.mutex_);
    --client_.alive_;
  }

  // Called once, by whoever made it.
  void Open(std::shared_ptr<Stream> self) {
    self_ = std::move(self);
    context_->set_deadline(std::chrono::system_clock::now() + kCallStreamAge + kCallStreamGrace);
    client_.opener_(context_.get(), this);
    this->AddHold();  // writes are started from outside of the reactions
    this->StartRead(&answers_);
    this->StartCall();
    absl::MutexLock lock(&client_.mutex_);
    open_ = true;
  }

  // With the client's mutex held:
  bool TakesCalls() const { return !dead_ && !retired_ && Clock::now() < opened_ + kCallStreamAge; }
  void Add(Request request) { queue_.push_back(std::move(request)); }
  void CallEnded() { out_ -= out_ > 0 ? 1 : 0; }
  void StopWaiting() { overdue_ = std::exchange(waits_, false) && !queue_.empty(); }
  void Hear() { heard_ = Clock::now(); }
  bool HeardSince(Clock::time_point time) const { return heard_ >= time; }
  void Retire() { retired_ = true; }
  void Abandon() { dead_ = true; }

  void Cancel() { context_->TryCancel(); }
  void Flush() override { Proceed(); }
  // Does whatever is to be done next. On any thread, without the client's mutex.
  void Proceed() {
    Step step = Step::kNothing;
    {
      absl::MutexLock lock(&client_.mutex_);
      step = Next();
    }
    if (step == Step::kWrite) this->StartWrite(&message_);
    if (step == Step::kEnd) this->StartWritesDone();
    if (step == Step::kEnd || step == Step::kRelease) this->RemoveHold();
  }

 private:
  enum class Step { kNothing, kWrite, kEnd, kRelease };

  Step Next() ABSL_EXCLUSIVE_LOCKS_REQUIRED(client_.mutex_) {
    if (!open_ || writing_ || released_) return Step::kNothing;
    if (!dead_ && !queue_.empty()) {
      if (!retired_ && !overdue_ && !HasCompany(queue_.size(), out_)) {
        if (!std::exchange(waits_, true)) client_.deadlines_.Add(Clock::now(), kGathering);
        return Step::kNothing;
      }
      message_.Clear();
      while (!queue_.empty() && message_.calls_size() < kMaxCallsInOneMessage) {
        *message_.add_calls() = std::move(queue_.front());
        queue_.pop_front();
      }
      out_ += static_cast<size_t>(message_.calls_size());
      overdue_ = false;
      writing_ = true;
      return Step::kWrite;
    }
    if (!dead_ && !retired_) return Step::kNothing;
    released_ = true;
    return dead_ ? Step::kRelease : Step::kEnd;
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      client_.Answered(*this, answers_);
      Proceed();  // what waited for company
      this->StartRead(&answers_);
      return;
    }
    {
      absl::MutexLock lock(&client_.mutex_);
      dead_ = true;
    }
    Proceed();
  }
  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&client_.mutex_);
      writing_ = false;
      if (!ok) dead_ = true;
    }
    Proceed();
  }
  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<Stream> self = std::move(self_);
    client_.Ended(self, status, Unread(status));
  }

  void OnReadInitialMetadataDone(bool ok) override { accepted_ = ok; }

  // A server that is shutting down resets a stream that no service of it has accepted.
  bool Unread(const grpc::Status& status) const {
    return context_->GetServerTrailingMetadata().count(kUnansweredIsUnreadKey) > 0 ||
           (!accepted_ && status.error_code() == grpc::StatusCode::CANCELLED);
  }

  CallStreamClient& client_;
  std::shared_ptr<Stream> self_;
  std::unique_ptr<grpc::ClientContext> context_ = std::make_unique<grpc::ClientContext>();
  const Clock::time_point opened_ = Clock::now();
  Answers answers_;            // being read
  Batch message_;              // being written
  std::deque<Request> queue_;  // to be written
  std::atomic<bool> accepted_ = false;
  Clock::time_point heard_;  // when answers last came
  size_t out_ = 0;           // calls that were written and have not ended
  bool waits_ = false;       // for company
  bool overdue_ = false;     // has waited for long enough
  bool open_ = false;
  bool writing_ = false;
  bool dead_ = false;      // nothing more is written
  bool retired_ = false;   // takes no new calls
  bool released_ = false;  // the hold was given back
};

template <typename Batch, typename Answers>
CallStreamClient<Batch, Answers>::~CallStreamClient() {
  std::set<std::shared_ptr<Stream>> streams;
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
    streams = streams_;
    for (const auto& stream : streams) stream->Abandon();
  }
  for (const auto& stream : streams) {
    stream->Cancel();
    stream->Proceed();
  }
  streams.clear();
  absl::MutexLock lock(&mutex_);
  const auto quiet = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return alive_ == 0; };
  mutex_.Await(absl::Condition(&quiet));
}

template <typename Batch, typename Answers>
std::shared_ptr<typename CallStreamClient<Batch, Answers>::Stream>
CallStreamClient<Batch, Answers>::StreamForCall(std::shared_ptr<Stream>& old, bool& is_new) {
  is_new = current_ == nullptr || !current_->TakesCalls();
  if (is_new) {
    old = std::move(current_);
    if (old != nullptr) old->Retire();
    current_ = std::make_shared<Stream>(*this);
    streams_.insert(current_);
  }
  return current_;
}

template <typename Batch, typename Answers>
void CallStreamClient<Batch, Answers>::Call(Request request, std::chrono::milliseconds timeout,
                                            Done done) {
  if (calls_ != nullptr) calls_->OnStarted(method_);
  timeout = std::clamp<std::chrono::milliseconds>(timeout, std::chrono::milliseconds(0),
                                                  kCallStreamGrace);
  const auto now = Clock::now();
  Pending pending{nullptr, std::move(request), std::move(done), now, now + timeout};
  ToDo to_do;
  {
    absl::MutexLock lock(&mutex_);
    to_do = Send(pending);
  }
  if (to_do.stream == nullptr) {
    Response none;
    return End(pending, {grpc::StatusCode::UNAVAILABLE, "stopping; nothing was done"}, none);
  }
  Do(std::move(to_do));
}

template <typename Batch, typename Answers>
typename CallStreamClient<Batch, Answers>::ToDo CallStreamClient<Batch, Answers>::Send(
    Pending& pending) {
  ToDo to_do;
  if (closing_) return to_do;
  to_do.stream = StreamForCall(to_do.old, to_do.is_new);
  pending.stream = to_do.stream.get();
  ++pending.sends;
  const uint64_t id = ++last_id_;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(pending.deadline - Clock::now());
  pending.request.set_call_id(id);
  pending.request.set_timeout_ms(
      static_cast<uint32_t>(std::max(left, std::chrono::milliseconds::zero()).count()));
  to_do.stream->Add(pending.request);
  deadlines_.Add(pending.deadline, id);
  pending_.emplace(id, std::move(pending));
  return to_do;
}

template <typename Batch, typename Answers>
void CallStreamClient<Batch, Answers>::Do(ToDo to_do) {
  if (to_do.old != nullptr) to_do.old->Proceed();
  if (to_do.is_new) to_do.stream->Open(to_do.stream);
  BatchScope::Flush(std::move(to_do.stream));
}

template <typename Batch, typename Answers>
typename CallStreamClient<Batch, Answers>::Pending CallStreamClient<Batch, Answers>::Take(
    uint64_t id) {
  Pending pending;
  const auto found = pending_.find(id);
  if (found == pending_.end()) return pending;  // answered too late
  pending = std::move(found->second);
  pending_.erase(found);
  pending.stream->CallEnded();
  deadlines_.Remove(pending.deadline, id);
  return pending;
}

template <typename Batch, typename Answers>
void CallStreamClient<Batch, Answers>::Answered(Stream& stream, Answers& answers) {
  std::vector<Pending> ended;
  ended.reserve(static_cast<size_t>(answers.answers_size()));
  {
    absl::MutexLock lock(&mutex_);
    stream.Hear();
    for (const Response& answer : answers.answers()) ended.push_back(Take(answer.call_id()));
  }
  for (size_t i = 0; i < ended.size(); ++i) {
    Response& answer = *answers.mutable_answers(static_cast<int>(i));
    if (ended[i].done) End(ended[i], StatusOf(answer), answer);
  }
}

template <typename Batch, typename Answers>
bool CallStreamClient<Batch, Answers>::MayGoAgain(const Pending& pending) {
  return !closing_ && pending.sends < kMaxSends && Clock::now() < pending.deadline;
}

template <typename Batch, typename Answers>
void CallStreamClient<Batch, Answers>::Ended(const std::shared_ptr<Stream>& stream,
                                             const grpc::Status& status, bool unread) {
  std::vector<Pending> ended;
  std::vector<ToDo> again;
  {
    absl::MutexLock lock(&mutex_);
    if (current_ == stream) current_ = nullptr;
    std::vector<uint64_t> ids;
    for (const auto& [id, pending] : pending_) {
      if (pending.stream == stream.get()) ids.push_back(id);
    }
    for (const uint64_t id : ids) {
      Pending pending = Take(id);
      if (unread && MayGoAgain(pending)) {
        again.push_back(Send(pending));
      } else {
        ended.push_back(std::move(pending));
      }
    }
  }
  for (ToDo& to_do : again) Do(std::move(to_do));
  const grpc::Status why(grpc::StatusCode::UNAVAILABLE,
                         status.ok() ? "the server stopped" : status.error_message());
  for (Pending& pending : ended) {
    Response none;
    End(pending, why, none);
  }
  absl::MutexLock lock(&mutex_);
  streams_.erase(stream);
}

template <typename Batch, typename Answers>
void CallStreamClient<Batch, Answers>::End(Pending& pending, const grpc::Status& status,
                                           Response& response) {
  if (calls_ != nullptr) {
    const std::chrono::duration<double> took = Clock::now() - pending.started;
    calls_->OnHandled(method_, status.error_code(), took.count(), /*traceparent=*/{});
  }
  pending.done(status, response);
}

template <typename Batch, typename Answers>
void CallStreamClient<Batch, Answers>::Late(const std::vector<uint64_t>& ids) {
  std::vector<Pending> late;
  std::set<std::shared_ptr<Stream>> overdue;
  std::shared_ptr<Stream> silent;
  {
    absl::MutexLock lock(&mutex_);
    for (const uint64_t id : ids) {
      if (id != kGathering) {
        late.push_back(Take(id));
        if (IsSilent(late.back())) {
          silent = std::exchange(current_, nullptr);
          silent->Retire();
        }
        continue;
      }
      overdue = streams_;
      for (const auto& stream : overdue) stream->StopWaiting();
    }
  }
  for (const auto& stream : overdue) stream->Proceed();
  if (silent != nullptr) silent->Proceed();
  for (Pending& pending : late) {
    Response none;
    if (!pending.done) continue;  // answered just now
    End(pending, {grpc::StatusCode::DEADLINE_EXCEEDED, "not answered in time"}, none);
  }
}

}  // namespace signet::rpc
