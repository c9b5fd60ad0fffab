// What a simulated person wants to pay, and to whom.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "tests/bench/measure/zipf_ranks.h"

namespace signet::bench {

struct PaymentOrder {
  std::string payee;  // handle
  std::string payee_name;
  int64_t amount_minor = 0;  // EUR
};

// Payees by Zipf's law with exponent 1.0 over all accounts, the last account being the favourite
// (devices belong to the first ones), or one account for all. Not thread-safe.
class PaymentOrders {
 public:
  explicit PaymentOrders(size_t accounts) : accounts_(accounts), ranks_(accounts, 1.0) {}
  // All payments go to this account from here on; none: spread.
  void SetOnlyPayee(std::optional<size_t> account) { only_payee_ = account; }
  PaymentOrder Next(size_t payer_account);

 private:
  size_t PickPayee();

  const size_t accounts_;
  const ZipfRanks ranks_;
  std::optional<size_t> only_payee_;
  std::mt19937_64 random_{1};  // the same orders in each run
};

}  // namespace signet::bench
