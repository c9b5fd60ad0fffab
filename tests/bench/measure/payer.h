// Somebody who pays: one payment at a time, in two round trips. All events of all payers come from
// one completion queue on one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "grpcpp/alarm.h"
#include "tests/bench/measure/async_call.h"

namespace signet::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

class Payer;

// Who is told what payers do.
class PayerObserver {
 public:
  virtual ~PayerObserver() = default;
  virtual void Ready(Payer& payer) = 0;
  // OK: paid. RESOURCE_EXHAUSTED: the instruction was refused, nothing was done.
  virtual void Finished(Payer& payer, const absl::Status& status) = 0;
  // A call was refused after this time. (The payment goes on where it was its confirmation.)
  virtual void Refused(std::chrono::nanoseconds after) = 0;
  // A call that found no server is sent again: the same bytes.
  virtual void Resent() = 0;
  // A new connection took this time.
  virtual void Connected(std::chrono::nanoseconds took) = 0;
};

class Payer : public QueueEvent {
 public:
  // resends: how often each call may be sent again that ended with UNAVAILABLE.
  explicit Payer(grpc::CompletionQueue& queue, int resends = 0)
      : queue_(queue), resends_allowed_(resends) {}
  void SetObserver(PayerObserver& observer) { observer_ = &observer; }

  // Gets ready for a payment; the observer is told, now or later. A payer that cannot get ready
  // tries again.
  virtual void Prepare() { observer_->Ready(*this); }
  // Only when it is ready. Where the last instruction was refused, the same one is sent again.
  void Pay();
  void Proceed(bool ok) override;

  SteadyTime intended;  // when the payment under way was meant to start; kept for the observer

 protected:
  // Each makes the next message and starts its call, which ends by this payer's Proceed.
  virtual absl::Status SendInstruction() = 0;
  virtual absl::Status SendConfirmation() = 0;
  // The message sent last, once more.
  virtual void SendAgain() = 0;
  virtual absl::Status CheckReceipt() = 0;
  virtual const grpc::Status& CallStatus() const = 0;
  // An event before a payment: of a connection under way.
  virtual void ProceedToReady() {}

  bool instruction_refused() const { return instruction_refused_; }
  PayerObserver& observer() { return *observer_; }
  grpc::CompletionQueue& queue() { return queue_; }

 private:
  enum class Step { kReady, kInstructing, kConfirming, kWaiting };
  void Finish(const absl::Status& status);
  void Instructed();
  void Confirmed();
  // The same message once more, in a while.
  void WaitAndSendAgain();
  bool MayResend();

  grpc::CompletionQueue& queue_;
  PayerObserver* observer_ = nullptr;
  const int resends_allowed_;
  Step step_ = Step::kReady;
  Step waiting_to_ = Step::kConfirming;  // what is sent again
  int resends_ = 0;                      // of the call under way
  SteadyTime sent_;
  bool instruction_refused_ = false;
  int refusals_ = 0;  // of this payment's confirmation
  grpc::Alarm alarm_;
};

}  // namespace signet::bench
