#include "tests/bench/devices/payment_order.h"

#include "tests/bench/devices/bench_accounts.h"

namespace signet::bench {
namespace {

constexpr int64_t kMinMinor = 100;
constexpr int64_t kMaxMinor = 5'000;

}  // namespace

size_t PaymentOrders::PickPayee() {
  if (only_payee_) return *only_payee_;
  const double uniform = std::uniform_real_distribution<double>()(random_);
  return accounts_ - 1 - ranks_.At(uniform);
}

PaymentOrder PaymentOrders::Next(size_t payer_account) {
  size_t payee = PickPayee();
  while (payee == payer_account && !only_payee_) payee = PickPayee();
  return {AccountHandle(payee), AccountName(payee),
          std::uniform_int_distribution<int64_t>(kMinMinor, kMaxMinor)(random_)};
}

}  // namespace signet::bench
