// One writer of the ledger: its own connection, its own hash chain. A batch is one transaction. Not
// thread-safe: each writer thread has its own.
#pragma once

#include <optional>
#include <vector>

#include "libs/base/clock.h"
#include "services/payment_platform/domain/command.h"
#include "services/payment_platform/domain/decide.h"
#include "services/payment_platform/store/ledger/doubtful_commit.h"
#include "services/payment_platform/store/ledger/ledger_writer.h"
#include "services/payment_platform/store/postgres/connection.h"
#include "services/payment_platform/store/postgres/database_metrics.h"

namespace signet::payment_platform {

class LedgerStore {
 public:
  // clock and metrics outlive it. Connects on first use.
  LedgerStore(ConnectionOptions connection, Rules rules, const Clock& clock,
              DatabaseMetrics& metrics);

  // One outcome a command. Where a commit's outcome is unknown, it is found out (FindOut). Where
  // the database fails, the outcomes say UNAVAILABLE: nothing was done, or (only if it could not be
  // found out in time) the outcome is unknown, and the same message gives it later. A batch that
  // breaks a constraint is run again one by one, so that a bad command fails alone.
  std::vector<Outcome> Execute(const std::vector<Command>& commands);

 private:
  absl::Status OpenSession(pqxx::connection_base& connection);
  absl::Status ExecuteOnce(const std::vector<Command>& commands, std::vector<Outcome>& outcomes);
  absl::Status Resolve(const absl::Status& failure, const ChainClaim& claim, const ChainHead& link);

  const Rules rules_;
  const Clock& clock_;
  DatabaseMetrics& metrics_;
  ChainClaim claim_;  // of this session
  uint64_t batches_ = 0;
  std::optional<ChainHead> head_;  // where it is known; none after a failure
  Connection connection_;
};

}  // namespace signet::payment_platform
