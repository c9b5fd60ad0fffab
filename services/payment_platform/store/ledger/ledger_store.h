// One writer of the ledger: its own connection, its own hash chain. A batch is one transaction. Not
// thread-safe: each writer thread has its own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "services/payment_platform/domain/command.h"
#include "services/payment_platform/domain/decide.h"
#include "services/payment_platform/store/ledger/ledger_writer.h"
#include "services/payment_platform/store/postgres/connection.h"
#include "services/payment_platform/store/postgres/database_metrics.h"

namespace signet::payment_platform {

class LedgerStore {
 public:
  // clock and metrics outlive it. Connects on first use.
  LedgerStore(const std::string& connection_string, Rules rules, const Clock& clock,
              DatabaseMetrics& metrics);

  // One outcome a command. Where the database fails, the outcomes say UNAVAILABLE: nothing was
  // done, or (only if the connection was lost while committing) the outcome is unknown, and the
  // same message gives it later. A batch that breaks a constraint is run again one by one, so that
  // a bad command fails alone.
  std::vector<Outcome> Execute(const std::vector<Command>& commands);

 private:
  absl::Status OpenSession(pqxx::connection_base& connection);
  absl::Status ExecuteOnce(const std::vector<Command>& commands, std::vector<Outcome>& outcomes);

  const Rules rules_;
  const Clock& clock_;
  DatabaseMetrics& metrics_;
  int chain_ = 0;  // of this session
  uint64_t batches_ = 0;
  std::optional<ChainHead> head_;  // where it is known; none after a failure
  Connection connection_;
};

}  // namespace signet::payment_platform
