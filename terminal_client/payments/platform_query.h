// A question to the platform, sealed and opened by the hardware module.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/cli/output.h"
#include "signet/payments/v1/query.pb.h"
#include "terminal_client/agent_client.h"
#include "terminal_client/gateway_client.h"
#include "terminal_client/payments/retry.h"

namespace signet::terminal {

// The ways to the module and to the platform. Borrowed.
struct Connections {
  AgentClient& agent;
  GatewayClient& gateway;
  RetryPolicy retry;
};

// A query is never sent twice: one that got lost is asked anew, which output is told. Errors are
// explained, with exit codes; moves no money. known: what such an error says besides, "nothing was
// paid" where the query begins a payment.
absl::StatusOr<device::v1::CompleteQueryResponse> AskOrDecline(const Connections& connections,
                                                               const payments::v1::Query& query,
                                                               cli::Output& output,
                                                               const std::string& known = "");
// A decline is an error too.
absl::StatusOr<payments::v1::QueryResult> Ask(const Connections& connections,
                                              const payments::v1::Query& query,
                                              cli::Output& output);

// The receipt of a payment that this account made or got, verified by the hardware module. Where
// the payment is still open in the agent, it is closed as paid. A decline is an error; without a
// receipt: exit code 7.
absl::StatusOr<payments::v1::SignedReceipt> FetchReceipt(const Connections& connections,
                                                         const std::string& payment_id,
                                                         cli::Output& output);

payments::v1::Query AccountQuery();
payments::v1::Query PaymentQuery(const std::string& payment_id);
payments::v1::Query PayeeQuery(const std::string& payee);

}  // namespace signet::terminal
