// A payment from its sealed instruction to its receipt, wherever a crash or the network broke it
// off.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/cli/output.h"
#include "signet/device/v1/device_agent.pb.h"
#include "terminal_client/payments/platform_query.h"

namespace signet::terminal {

// Sends what is open (the same bytes, as often as it takes), confirms, and returns the receipt that
// the module has verified. Once the instruction may have been sent there are three ends: a receipt,
// a decline (exit code 3), or "outcome unknown" (6) with the payment still open in the agent.
//
// Where that way is barred (the gateway refuses a message; the module has lost the payment's keys)
// it asks the platform, with a new counter, what became of the payment: made, then it fetches the
// receipt; impossible for ever, then it has the agent close it (exit code 4 or 3); authorized, then
// it says until when to wait (6).
absl::StatusOr<payments::v1::SignedReceipt> FinishPayment(const Connections& connections,
                                                          const device::v1::OpenPayment& open,
                                                          cli::Output& output);

}  // namespace signet::terminal
