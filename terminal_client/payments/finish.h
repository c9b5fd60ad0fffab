// The end of a payment, the same for pay and resume: finish it, keep its receipt, show it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "libs/cli/output.h"
#include "terminal_client/payments/platform_query.h"
#include "terminal_client/state_dir.h"

namespace signet::terminal {

// The fields of a receipt, as people read them.
cli::Fields ReceiptRecord(const payments::v1::Receipt& receipt);
// Prints a receipt that the module has verified. file: where it is kept; empty: nowhere.
void ShowReceipt(const std::string& payment_id, const payments::v1::SignedReceipt& receipt,
                 const std::string& file, cli::Output& output);

// Finishes the payment and shows it. A crash after the agent has closed it and before the receipt
// is kept is mended by RecoverReceipt.
absl::Status FinishAndShow(const Connections& connections, const StateDir& state,
                           const device::v1::OpenPayment& open, cli::Output& output);

// For when nothing is open: shows what became of the last payment if its end was never shown.
// True where there was such a one.
absl::StatusOr<bool> RecoverReceipt(AgentClient& agent, const StateDir& state, cli::Output& output);
// The same before a new payment takes the place of the last one: keeps the receipt that was not
// kept. Where that fails it warns, and names the command that gets it later.
void KeepLastReceipt(AgentClient& agent, const StateDir& state, cli::Output& output);

}  // namespace signet::terminal
