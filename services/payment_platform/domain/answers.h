// The bodies of answers, as they are stored and sealed. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "services/payment_platform/domain/account.h"
#include "services/payment_platform/domain/payment.h"

namespace signet::payment_platform {

Answer AuthorizationAnswer(const Payment& payment);
Answer ReceiptAnswer(const Payment& payment, const Account& payer);
// request_hash: of the message that is declined. payment_id: empty for a query.
Answer DeclineAnswer(const std::string& request_hash, const std::string& payment_id,
                     payments::v1::DeclineReason reason, int64_t now_ms);
Answer QueryAnswer(const payments::v1::QueryResult& result);

payments::v1::Money MoneyOf(const std::string& currency_code, int64_t amount_minor);

}  // namespace signet::payment_platform
