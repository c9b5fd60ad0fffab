// What became of payments and messages, counted. Thread-safe.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "libs/serving/metrics.h"
#include "services/payment_platform/domain/command.h"

namespace signet::payment_platform {

// signet_payment_value_minor_units_total of a currency.
serving::Counter& PaymentValueCounter(serving::Metrics& metrics, const std::string& currency_code);

// The stage of a payment, or other work, that a command is: the metric's label.
const char* StageOf(const Command& command);

class PaymentMetrics {
 public:
  explicit PaymentMetrics(serving::Metrics& metrics);
  void Count(const Outcome& outcome);
  // From its arrival to its commit. stage: of StageOf.
  void ObserveStage(const char* stage, double seconds);

 private:
  using PaymentKey = std::pair<payments::v1::PaymentState, payments::v1::DeclineReason>;
  void AddPaymentCounter(PaymentKey key);

  serving::Metrics& metrics_;
  serving::Counter& replays_;
  std::map<PaymentKey, serving::Counter*> payments_;
  std::map<Rejection, serving::Counter*> rejected_;
  std::map<std::string_view, serving::Histogram*> stages_;
};

}  // namespace signet::payment_platform
