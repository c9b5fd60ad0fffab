// A batch whose commit was not answered, or not vouched for: was it done?
//
// Whoever writes a chain holds its advisory lock for as long as its session lives. Once the old
// session has ended, so has its transaction: the batch's link of the chain is in the journal, or
// never will be.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "services/payment_platform/store/ledger/ledger_writer.h"
#include "services/payment_platform/store/postgres/connection.h"
#include "services/payment_platform/store/postgres/database_metrics.h"

namespace signet::payment_platform {

// The session that holds a chain.
struct ChainClaim {
  int chain = 0;
  int32_t backend_pid = 0;
  int64_t started_unix_us = 0;
};

// Asks again and again until it is known, or the time is over. What was committed is told only once
// the synchronous standby has it as well, where there is one: a row that one machine holds can be
// read, and is gone after a failover. (A batch never answers from such rows: it locks its devices,
// which is written to the WAL, so that its own commit waits for all that was committed before.)
Finding FindOut(Connection& connection, const ChainClaim& old_session, const ChainHead& link,
                std::chrono::milliseconds patience);

}  // namespace signet::payment_platform
