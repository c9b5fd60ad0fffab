#include "services/payment_platform/payment_metrics.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace signet::payment_platform {

namespace {

using payments::v1::DeclineReason;

constexpr DeclineReason kNoReason = payments::v1::DECLINE_REASON_UNSPECIFIED;
constexpr Rejection kRejections[] = {Rejection::kUnknownDevice, Rejection::kStaleCounter,
                                     Rejection::kConflictingCounter, Rejection::kUnknownPayment,
                                     Rejection::kMalformed};

// "PREFIX_INSUFFICIENT_FUNDS" → "insufficient_funds"
std::string Label(const std::string& enum_name, const std::string& prefix) {
  std::string label = enum_name.substr(std::min(prefix.size(), enum_name.size()));
  std::transform(label.begin(), label.end(), label.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return label;
}

std::string ReasonLabel(DeclineReason reason) {
  if (reason == kNoReason) return "none";
  return Label(payments::v1::DeclineReason_Name(reason), "DECLINE_REASON_");
}

std::string OutcomeLabel(payments::v1::PaymentState state) {
  return Label(payments::v1::PaymentState_Name(state), "PAYMENT_STATE_");
}

}  // namespace

serving::Counter& PaymentValueCounter(serving::Metrics& metrics, const std::string& currency_code) {
  return metrics.AddCounter("signet_payment_value_minor_units_total",
                            "What confirmed payments moved, in minor units.",
                            {{"currency", currency_code}});
}

const char* StageOf(const Command& command) {
  if (std::holds_alternative<ExpirePayment>(command)) return "expire";
  if (std::holds_alternative<OpenAccount>(command)) return "open_account";
  switch (std::get<Message>(command).type) {
    case sealing::v1::MESSAGE_TYPE_PAYMENT_INSTRUCTION:
      return "authorize";
    case sealing::v1::MESSAGE_TYPE_PAYMENT_CONFIRMATION:
      return "confirm";
    default:
      return "query";
  }
}

void PaymentMetrics::ObserveStage(const char* stage, double seconds) {
  stages_.at(stage)->Observe(seconds);
}

PaymentMetrics::PaymentMetrics(serving::Metrics& metrics)
    : metrics_(metrics),
      replays_(metrics.AddCounter("signet_idempotent_replays_total",
                                  "Messages that came again and got their stored answer.")) {
  for (const Rejection rejection : kRejections) {
    rejected_[rejection] = &metrics.AddCounter("signet_messages_rejected_total",
                                               "Messages that were refused, by reason.",
                                               {{"reason", RejectionLabel(rejection)}});
  }
  for (const char* stage : {"authorize", "confirm", "query", "expire", "open_account"}) {
    stages_[stage] = &metrics.AddHistogram("signet_payment_stage_seconds",
                                           "From a command's arrival at the ledger to its commit.",
                                           serving::LatencyBounds(), {{"stage", stage}});
  }
  // Every series at zero from the start.
  AddPaymentCounter({payments::v1::PAYMENT_STATE_AUTHORIZED, kNoReason});
  AddPaymentCounter({payments::v1::PAYMENT_STATE_CONFIRMED, kNoReason});
  for (int i = payments::v1::DeclineReason_MIN + 1; i <= payments::v1::DeclineReason_MAX; ++i) {
    const auto reason = static_cast<DeclineReason>(i);
    if (reason == payments::v1::DECLINE_REASON_NOT_FOUND) continue;  // of queries only
    if (reason != payments::v1::DECLINE_REASON_EXPIRED) {
      AddPaymentCounter({payments::v1::PAYMENT_STATE_DECLINED, reason});
    }
  }
  for (const DeclineReason reason :
       {payments::v1::DECLINE_REASON_EXPIRED, payments::v1::DECLINE_REASON_DEVICE_BLOCKED,
        payments::v1::DECLINE_REASON_ACCOUNT_BLOCKED, payments::v1::DECLINE_REASON_PAYEE_BLOCKED}) {
    AddPaymentCounter({payments::v1::PAYMENT_STATE_EXPIRED, reason});
  }
}

void PaymentMetrics::AddPaymentCounter(PaymentKey key) {
  payments_[key] = &metrics_.AddCounter(
      "signet_payments_total", "What became of payments.",
      {{"outcome", OutcomeLabel(key.first)}, {"reason", ReasonLabel(key.second)}});
}

void PaymentMetrics::Count(const Outcome& outcome) {
  if (outcome.replayed) replays_.Increment();
  if (const auto found = rejected_.find(outcome.rejection); found != rejected_.end()) {
    found->second->Increment();
  }
  if (outcome.payment_state == payments::v1::PAYMENT_STATE_UNSPECIFIED) return;
  const auto counter = payments_.find({outcome.payment_state, outcome.decline_reason});
  if (counter != payments_.end()) counter->second->Increment();
  if (outcome.moved_minor == 0) return;
  PaymentValueCounter(metrics_, outcome.currency_code)
      .Increment(static_cast<double>(outcome.moved_minor));
}

}  // namespace signet::payment_platform
