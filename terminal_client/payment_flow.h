// A payment from its sealed instruction to its receipt, wherever a crash or the network broke it
// off.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "signet/device/v1/device_agent.pb.h"
#include "terminal_client/output.h"
#include "terminal_client/platform_query.h"

namespace signet::terminal {

// Sends what is open (the same bytes, as often as it takes), confirms, and returns the receipt that
// the module has verified. Once the instruction may have been sent there are three ends: a receipt,
// a decline (exit code 3), or "outcome unknown" (6) with the payment still open in the agent. A
// message that the gateway refuses is settled by SettleRefused.
absl::StatusOr<payments::v1::SignedReceipt> FinishPayment(const Connections& connections,
                                                          const device::v1::OpenPayment& open,
                                                          Output& output);

// After the gateway refused a payment's message: asks the platform what became of the payment, and
// has the agent close it where that proves that no money can move. Always an error: refused (exit
// code 4) and closed, or outcome unknown.
absl::Status SettleRefused(const Connections& connections, const std::string& payment_id,
                           const absl::Status& refusal);

}  // namespace signet::terminal
