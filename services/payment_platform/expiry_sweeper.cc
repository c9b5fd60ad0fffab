#include "services/payment_platform/expiry_sweeper.h"

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "libs/program/log.h"
#include "services/payment_platform/store/due_payments.h"

namespace signet::payment_platform {
namespace {

// What one look has submitted. Shared: the last writer may still hold it when the look is over.
struct Page {
  explicit Page(size_t size) : pending(static_cast<int>(size)) {}
  void Count(const Outcome& outcome) {
    if (outcome.payment_state == payments::v1::PAYMENT_STATE_EXPIRED) ++expired;
    pending.DecrementCount();
  }
  absl::BlockingCounter pending;
  std::atomic<size_t> expired{0};
};

}  // namespace

ExpirySweeper::ExpirySweeper(Database& database, Batcher& batcher, const Clock& clock,
                             Options options)
    : database_(database),
      batcher_(batcher),
      clock_(clock),
      options_(options),
      thread_(options.interval, [this] { return Look(); }) {}

absl::StatusOr<size_t> ExpirySweeper::SweepOnce() {
  const absl::StatusOr<std::vector<PaymentId>> due =
      FindDuePayments(database_, clock_.NowUnixMs(), options_.page);
  if (!due.ok()) return due.status();
  const auto page = std::make_shared<Page>(due->size());
  absl::Status failure;
  for (const PaymentId id : *due) {
    const absl::Status submitted = batcher_.Submit(
        ExpirePayment{id}, [page](const Outcome& outcome) { page->Count(outcome); });
    if (submitted.ok()) continue;
    failure = submitted;  // the queue is full of payments: they go first
    page->pending.DecrementCount();
  }
  page->pending.Wait();
  if (!failure.ok()) return failure;
  return page->expired.load();
}

bool ExpirySweeper::Look() {
  const absl::StatusOr<size_t> swept = SweepOnce();
  if (!swept.ok()) {
    serving::LogWarning("expiry_sweep_failed", {{"error", std::string(swept.status().message())}});
    return false;
  }
  if (*swept > 0) {
    serving::LogInfo("payments_expired", {{"count", static_cast<int64_t>(*swept)}});
  }
  return *swept == options_.page;
}

}  // namespace signet::payment_platform
