// Sums that Postgres makes: balances, reservations, running balances, totals.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "pqxx/pqxx"
#include "services/payment_platform/store/verify/findings.h"

namespace signet::payment_platform {

// Each account's posted and reserved amounts, each posting's running balance, postings and payments
// that hang in the air, devices' counters. Throws what pqxx throws.
void CheckBalances(pqxx::transaction_base& transaction, Findings& findings);

// The sum of all postings, by currency; each has to be zero.
std::map<std::string, int64_t> CheckTotals(pqxx::transaction_base& transaction, Findings& findings);

}  // namespace signet::payment_platform
