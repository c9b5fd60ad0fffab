#include "terminal_client/payments/platform_query.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "terminal_client/failure.h"

namespace signet::terminal {

absl::StatusOr<device::v1::CompleteQueryResponse> AskOrDecline(const Connections& connections,
                                                               const payments::v1::Query& query,
                                                               cli::Output& output,
                                                               const std::string& known) {
  Tries tries(connections.retry);
  while (true) {
    SIGNET_ASSIGN_OR_RETURN(const auto begun, connections.agent.BeginQuery(query));
    const auto answer = connections.gateway.Exchange(begun.message());
    if (answer.ok()) return connections.agent.CompleteQuery(begun.exchange_id(), *answer);
    if (!tries.Again(answer.status())) {
      return ExplainGatewayError(answer.status(), connections.gateway.address(), known);
    }
    output.Note("no answer yet; asking again");
  }
}

absl::StatusOr<payments::v1::QueryResult> Ask(const Connections& connections,
                                              const payments::v1::Query& query,
                                              cli::Output& output) {
  SIGNET_ASSIGN_OR_RETURN(auto outcome, AskOrDecline(connections, query, output));
  if (outcome.has_decline()) return Declined(outcome.decline());
  return std::move(*outcome.mutable_result());
}

absl::StatusOr<payments::v1::SignedReceipt> FetchReceipt(const Connections& connections,
                                                         const std::string& payment_id,
                                                         cli::Output& output) {
  payments::v1::Query query;
  query.mutable_receipt()->set_payment_id(payment_id);
  SIGNET_ASSIGN_OR_RETURN(auto outcome, AskOrDecline(connections, query, output));
  if (outcome.has_receipt()) return std::move(*outcome.mutable_receipt());
  if (outcome.decline().reason() != payments::v1::DECLINE_REASON_NOT_FOUND) {
    return Declined(outcome.decline());
  }
  return Failure(
      serving::ExitCode::kNotFoundOrConflict, absl::StatusCode::kNotFound,
      absl::StrCat("there is no receipt of a payment ", payment_id,
                   " of this account; `signet show ", payment_id, "` says what became of it"));
}

payments::v1::Query AccountQuery() {
  payments::v1::Query query;
  query.mutable_account();
  return query;
}

payments::v1::Query PaymentQuery(const std::string& payment_id) {
  payments::v1::Query query;
  query.mutable_payment()->set_payment_id(payment_id);
  return query;
}

payments::v1::Query PayeeQuery(const std::string& payee) {
  payments::v1::Query query;
  query.mutable_payee()->set_payee(payee);
  return query;
}

}  // namespace signet::terminal
