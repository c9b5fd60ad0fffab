#include "services/payment_platform/store/ledger/ledger_store.h"

#include <utility>

#include "services/payment_platform/store/ledger/ledger_loader.h"
#include "services/payment_platform/store/ledger/ledger_sql.h"
#include "services/payment_platform/store/postgres/retry.h"

namespace signet::payment_platform {

namespace {

// A failed transaction, as one of its commands sees it.
Outcome FailedOutcome(const Command& command, const absl::Status& failure) {
  Outcome outcome;
  if (absl::IsUnavailable(failure) ||
      (absl::IsAlreadyExists(failure) && std::holds_alternative<OpenAccount>(command))) {
    outcome.status = failure;
  } else if (absl::IsAborted(failure)) {
    outcome.status = absl::UnavailableError("the ledger is busy, nothing was done; try again");
  } else {
    outcome.status = absl::InternalError("the ledger failed, nothing was done: " +
                                         std::string(failure.message()));
  }
  return outcome;
}

constexpr uint64_t kBatchesOfAPlan = 100;
// Whoever asked waits meanwhile, and asks again when its own time is over.
constexpr std::chrono::milliseconds kPatience{5000};
constexpr char kSelf[] =
    "SELECT pid, (extract(epoch FROM backend_start) * 1000000)::bigint"
    " FROM pg_stat_activity WHERE pid = pg_backend_pid()";

// Is it one of the commands, rather than the database?
bool IsPoisoned(const absl::Status& failure) {
  return !absl::IsUnavailable(failure) && !absl::IsAborted(failure);
}

}  // namespace

LedgerStore::LedgerStore(ConnectionOptions connection, Rules rules, const Clock& clock,
                         DatabaseMetrics& metrics)
    : rules_(rules),
      clock_(clock),
      metrics_(metrics),
      connection_(std::move(connection),
                  [this](pqxx::connection_base& opened) { return OpenSession(opened); }) {}

absl::Status LedgerStore::OpenSession(pqxx::connection_base& connection) {
  head_.reset();
  pqxx::nontransaction transaction(connection);
  const pqxx::result rows = transaction.exec(ledger_sql::kClaimChain);
  if (rows.empty()) {
    return absl::UnavailableError("all journal chains have a writer: run fewer writers");
  }
  claim_.chain = rows[0][0].as<int>();
  const pqxx::row self = transaction.exec1(kSelf);
  claim_.backend_pid = self[0].as<int32_t>();
  claim_.started_unix_us = self[1].as<int64_t>();
  transaction.exec(ledger_sql::kKeepPlans);
  return absl::OkStatus();
}

absl::Status LedgerStore::ExecuteOnce(const std::vector<Command>& commands,
                                      std::vector<Outcome>& outcomes) {
  ChainHead next;
  ChainClaim claim;
  bool linked = false;
  const absl::Status status = connection_.RunPipelined([&](Pipeline& pipeline) {
    claim = claim_;
    linked = false;
    if (++batches_ % kBatchesOfAPlan == 0) pipeline.Queue(ledger_sql::kForgetPlans);
    WorkingSet ledger = LoadBatch(pipeline, commands, clock_.NowUnixMs());
    const int64_t now_ms = clock_.NowUnixMs();  // the locks may have taken a while
    outcomes = Decide(commands, rules_, now_ms, ledger);
    if (!head_.has_value()) head_ = ReadChainHead(pipeline, claim.chain);
    absl::StatusOr<ChainHead> written = WriteBatch(pipeline, ledger, *head_, now_ms);
    if (!written.ok()) return written.status();
    next = *std::move(written);
    linked = next.sequence > head_->sequence;
    return absl::OkStatus();
  });
  if (status.ok()) {
    head_ = std::move(next);
    return status;
  }
  head_.reset();
  if (!IsOutcomeUnknown(status)) return status;
  metrics_.CountDoubt(*DoubtOf(status));
  return linked ? Resolve(status, claim, next) : status;
}

absl::Status LedgerStore::Resolve(const absl::Status& failure, const ChainClaim& claim,
                                  const ChainHead& link) {
  const Finding finding = FindOut(connection_, claim, link, kPatience);
  metrics_.CountFinding(finding);
  switch (finding) {
    case Finding::kCommitted:
      return absl::OkStatus();
    case Finding::kNotCommitted:
      return ConnectionLost("the commit did not come through");
    case Finding::kUnknown:
      break;
  }
  return failure;
}

std::vector<Outcome> LedgerStore::Execute(const std::vector<Command>& commands) {
  std::vector<Outcome> outcomes;
  const absl::Status status =
      RunWithRetries([&] { return ExecuteOnce(commands, outcomes); }, metrics_);
  if (status.ok()) return outcomes;
  outcomes.clear();
  const bool one_by_one = commands.size() > 1 && IsPoisoned(status);
  for (const Command& command : commands) {
    outcomes.push_back(one_by_one ? std::move(Execute({command}).front())
                                  : FailedOutcome(command, status));
  }
  return outcomes;
}

}  // namespace signet::payment_platform
