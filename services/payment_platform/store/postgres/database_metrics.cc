#include "services/payment_platform/store/postgres/database_metrics.h"

namespace signet::payment_platform {

namespace {

constexpr char kRetries[] = "signet_db_retries_total";
constexpr char kRetriesHelp[] = "Transactions run again, by reason.";
constexpr char kConnections[] = "signet_db_connections";
constexpr char kConnectionsHelp[] = "Pooled connections to the database, by state.";

constexpr std::pair<Finding, const char*> kFindings[] = {{Finding::kCommitted, "committed"},
                                                         {Finding::kNotCommitted, "not_committed"},
                                                         {Finding::kUnknown, "unknown"}};

}  // namespace

DatabaseMetrics::DatabaseMetrics(serving::Metrics& metrics)
    : up_(metrics.AddGauge("signet_db_up", "1 where the database answered the last transaction.")),
      transaction_seconds_(metrics.AddHistogram(
          "signet_db_transaction_seconds", "Time of a database transaction, its commit included.",
          serving::LatencyBounds())),
      retries_conflict_(metrics.AddCounter(kRetries, kRetriesHelp, {{"reason", "conflict"}})),
      retries_connection_lost_(
          metrics.AddCounter(kRetries, kRetriesHelp, {{"reason", "connection_lost"}})),
      oldest_commit_(metrics.AddGauge("signet_db_oldest_commit_seconds",
                                      "How long the oldest commit under way has taken so far.")),
      connections_idle_(metrics.AddGauge(kConnections, kConnectionsHelp, {{"state", "idle"}})),
      connections_in_use_(metrics.AddGauge(kConnections, kConnectionsHelp, {{"state", "in_use"}})),
      connections_max_(metrics.AddGauge("signet_db_connections_max",
                                        "Most pooled connections that may be open.")) {
  for (const Doubt doubt : kDoubts) {
    doubts_[doubt] = &metrics.AddCounter("signet_db_commits_in_doubt_total",
                                         "Commits whose outcome was unknown, by what was seen.",
                                         {{"reason", DoubtName(doubt)}});
  }
  for (const auto& [finding, name] : kFindings) {
    findings_[finding] = &metrics.AddCounter(
        "signet_db_doubts_total", "What was found out of commits in doubt.", {{"finding", name}});
  }
  for (const Need need : kNeeds) {
    needs_[need] =
        &metrics.AddGauge("signet_db_fit", "1 where this part of what a payment needs is there.",
                          {{"part", NeedName(need)}});
  }
}

void DatabaseMetrics::CountDoubt(Doubt doubt) { doubts_.at(doubt)->Increment(); }

void DatabaseMetrics::CountFinding(Finding finding) { findings_.at(finding)->Increment(); }

void DatabaseMetrics::SetFitness(const absl::Status& status) {
  for (const auto& [need, gauge] : needs_) {
    gauge->Set(status.ok() || need != NeedOf(status) ? 1 : 0);
  }
}

void DatabaseMetrics::SetOldestCommit(double seconds) { oldest_commit_.Set(seconds); }

void DatabaseMetrics::ObserveTransaction(double seconds, const absl::Status& status) {
  const bool reached = !absl::IsUnavailable(status);
  up_.Set(reached ? 1 : 0);
  if (reached) transaction_seconds_.Observe(seconds);
}

void DatabaseMetrics::CountRetry(const absl::Status& cause) {
  (absl::IsAborted(cause) ? retries_conflict_ : retries_connection_lost_).Increment();
}

void DatabaseMetrics::SetConnections(size_t idle, size_t in_use) {
  connections_idle_.Set(static_cast<double>(idle));
  connections_in_use_.Set(static_cast<double>(in_use));
}

void DatabaseMetrics::SetMaxConnections(size_t max) {
  connections_max_.Set(static_cast<double>(max));
}

}  // namespace signet::payment_platform
