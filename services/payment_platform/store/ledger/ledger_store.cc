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

// Is it one of the commands, rather than the database?
bool IsPoisoned(const absl::Status& failure) {
  return !absl::IsUnavailable(failure) && !absl::IsAborted(failure);
}

}  // namespace

LedgerStore::LedgerStore(const std::string& connection_string, Rules rules, const Clock& clock,
                         DatabaseMetrics& metrics)
    : rules_(rules),
      clock_(clock),
      metrics_(metrics),
      connection_(connection_string, [this](pqxx::connection_base& c) { return OpenSession(c); }) {}

absl::Status LedgerStore::OpenSession(pqxx::connection_base& connection) {
  head_.reset();
  pqxx::nontransaction transaction(connection);
  const pqxx::result rows = transaction.exec(ledger_sql::kClaimChain);
  if (rows.empty()) {
    return absl::UnavailableError("all journal chains have a writer: run fewer writers");
  }
  chain_ = rows[0][0].as<int>();
  transaction.exec(ledger_sql::kKeepPlans);
  return absl::OkStatus();
}

absl::Status LedgerStore::ExecuteOnce(const std::vector<Command>& commands,
                                      std::vector<Outcome>& outcomes) {
  ChainHead next;
  const absl::Status status = connection_.RunPipelined([&](Pipeline& pipeline) {
    if (++batches_ % kBatchesOfAPlan == 0) pipeline.Queue(ledger_sql::kForgetPlans);
    WorkingSet ledger = LoadBatch(pipeline, commands, clock_.NowUnixMs());
    const int64_t now_ms = clock_.NowUnixMs();  // the locks may have taken a while
    outcomes = Decide(commands, rules_, now_ms, ledger);
    if (!head_.has_value()) head_ = ReadChainHead(pipeline, chain_);
    absl::StatusOr<ChainHead> written = WriteBatch(pipeline, ledger, *head_, now_ms);
    if (!written.ok()) return written.status();
    next = *std::move(written);
    return absl::OkStatus();
  });
  if (status.ok()) {
    head_ = std::move(next);
  } else {
    head_.reset();
  }
  return status;
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
