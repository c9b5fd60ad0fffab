// Messages as a device would make them, already opened: for tests of the platform.
#pragma once

#include <cstdint>
#include <string>

#include "services/payment_platform/domain/command.h"

namespace signet::testing {

struct InstructionFields {
  int64_t amount_minor = 1250;
  std::string currency_code = "EUR";
  std::string payee = "corner-coffee";
  std::string payee_name = "Corner Coffee";
  std::string reference = "two flat whites";
};

payment_platform::Message Instruction(PaymentId id, const InstructionFields& fields = {});
// Repeats the instruction and what was answered to it.
payment_platform::Message Confirmation(const payment_platform::Message& instruction,
                                       const std::string& authorization_body);
payment_platform::Message AccountQuery(PaymentId id);
payment_platform::Message PaymentQuery(PaymentId id, const std::string& payment_id);
payment_platform::Message ReceiptQuery(PaymentId id, const std::string& payment_id);
payment_platform::Message PayeeQuery(PaymentId id, const std::string& payee);

// An answer as what it should be; a default one where it is of another type.
payments::v1::DeclineReason DeclineReasonOf(const payment_platform::Outcome& outcome);
payments::v1::PaymentAuthorization AuthorizationOf(const payment_platform::Outcome& outcome);
payments::v1::Receipt ReceiptOf(const payment_platform::Outcome& outcome);
payments::v1::QueryResult QueryResultOf(const payment_platform::Outcome& outcome);

}  // namespace signet::testing
