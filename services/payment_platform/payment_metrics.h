// What became of payments and messages, counted. Thread-safe.
#pragma once

#include <map>
#include <utility>

#include "libs/serving/metrics.h"
#include "services/payment_platform/domain/command.h"

namespace signet::payment_platform {

class PaymentMetrics {
 public:
  explicit PaymentMetrics(serving::Metrics& metrics);
  void Count(const Outcome& outcome);

 private:
  using PaymentKey = std::pair<payments::v1::PaymentState, payments::v1::DeclineReason>;
  void AddPaymentCounter(PaymentKey key);

  serving::Metrics& metrics_;
  serving::Counter& replays_;
  std::map<PaymentKey, serving::Counter*> payments_;
  std::map<Rejection, serving::Counter*> rejected_;
};

}  // namespace signet::payment_platform
