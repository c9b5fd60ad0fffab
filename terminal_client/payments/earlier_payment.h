// A payment that an earlier command left open, ended before another one begins.
#pragma once

#include "absl/status/statusor.h"
#include "libs/cli/output.h"
#include "terminal_client/payments/platform_query.h"
#include "terminal_client/state_dir.h"

namespace signet::terminal {

// Finishes what is open, keeps its receipt and says so (a warning: the person is about to pay
// again). Where nothing is open it keeps the last payment's receipt, if that was not kept.
// The members that tell it in JSON: earlierPaymentId, earlierOutcome ("made" or "not made") and
// earlierReceiptFile; none where nothing was open. An error where it stays open, exit code 6 where
// that is because its outcome is unknown: then nothing else may begin.
absl::StatusOr<cli::Fields> EndEarlierPayment(const Connections& connections, const StateDir& state,
                                              cli::Output& output);

}  // namespace signet::terminal
