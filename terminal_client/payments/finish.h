// The end of a payment, the same for pay and resume: finish it, keep its receipt, show it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/cli/output.h"
#include "terminal_client/payments/platform_query.h"
#include "terminal_client/state_dir.h"

namespace signet::terminal {

// The fields of a receipt, as people read them.
cli::Fields ReceiptRecord(const payments::v1::Receipt& receipt);
// Prints a receipt that the module has verified. file: where it is kept; empty: nowhere.
void ShowReceipt(const std::string& payment_id, const payments::v1::SignedReceipt& receipt,
                 const std::string& file, cli::Output& output);

// Keeps the receipt of a payment that is made; the file's path. Where that fails it warns, names
// the command that gets the receipt later, and returns nothing: no error that would have someone
// pay again.
std::string KeepReceipt(const StateDir& state, const std::string& payment_id,
                        const payments::v1::SignedReceipt& receipt, cli::Output& output);

// FinishPayment, with the payment's ID noted in the state folder until it is closed without a
// receipt, or KeepReceipt has kept that.
absl::StatusOr<payments::v1::SignedReceipt> Finish(const Connections& connections,
                                                   const StateDir& state,
                                                   const device::v1::OpenPayment& open,
                                                   cli::Output& output);
// Of an error of Finish: whether the payment has ended, and moved no money. Otherwise it is open.
bool IsClosed(const absl::Status& end);
// Finishes the payment and shows it. A crash after the agent has closed it and before the receipt
// is kept is mended by RecoverReceipt.
absl::Status FinishAndShow(const Connections& connections, const StateDir& state,
                           const device::v1::OpenPayment& open, cli::Output& output);

// For when nothing is open: shows what became of the last payment if its end was never shown.
// True where there was such a one.
absl::StatusOr<bool> RecoverReceipt(AgentClient& agent, const StateDir& state, cli::Output& output);
// The same before a new payment takes the place of the last one: keeps the receipt that was not
// kept.
void KeepLastReceipt(AgentClient& agent, const StateDir& state, cli::Output& output);

}  // namespace signet::terminal
