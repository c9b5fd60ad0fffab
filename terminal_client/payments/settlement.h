// The end of a payment whose own messages lead nowhere any more: the gateway refuses one, or the
// hardware module has lost the keys that open the answers.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "terminal_client/payments/platform_query.h"

namespace signet::terminal {

// Asks the platform, with a new counter, what became of the payment, and ends it where it can:
//   made           its receipt, which closes it in the agent
//   never made     the agent closes it on the platform's authenticated word; barred's exit code
//   authorized     outcome unknown (6): says until when to wait
//   anything else  outcome unknown
// barred: what bars the ordinary way, with the exit code for a payment that it has ended.
absl::StatusOr<payments::v1::SignedReceipt> Settle(const Connections& connections,
                                                   const std::string& payment_id,
                                                   const absl::Status& barred, cli::Output& output);

}  // namespace signet::terminal
