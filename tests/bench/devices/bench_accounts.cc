#include "tests/bench/devices/bench_accounts.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "libs/base/clock.h"
#include "libs/serving/metrics.h"
#include "services/payment_platform/store/ledger/ledger_store.h"

namespace signet::bench {
namespace {

constexpr char kHandlePrefix[] = "bench-";
constexpr size_t kBatch = 1000;
constexpr int64_t kDepositMinor = 100'000'000;  // 1,000,000.00: no payment of a run is declined
constexpr int64_t kLimitMinor = 100'000;

payment_platform::OpenAccount Opening(size_t account) {
  payment_platform::OpenAccount command;
  command.handle = AccountHandle(account);
  command.name = AccountName(account);
  command.currency_code = "EUR";
  command.deposit_minor = kDepositMinor;
  command.payment_limit_minor = kLimitMinor;
  command.operator_name = "bench";
  return command;
}

}  // namespace

std::string AccountHandle(size_t account) {
  return absl::StrFormat("%s%06d", kHandlePrefix, account);
}

std::string AccountName(size_t account) { return absl::StrFormat("Bench %06d", account); }

size_t AccountOfHandle(const std::string& handle) {
  const size_t start = sizeof kHandlePrefix - 1;
  size_t account = SIZE_MAX;
  if (handle.rfind(kHandlePrefix, 0) == 0) {
    std::from_chars(handle.data() + start, handle.data() + handle.size(), account);
  }
  return account;
}

absl::Status OpenAccounts(const std::string& database, size_t count) {
  const SystemClock clock;
  serving::Metrics metrics;
  payment_platform::DatabaseMetrics database_metrics(metrics);
  payment_platform::LedgerStore ledger(database, payment_platform::Rules{}, clock,
                                       database_metrics);
  for (size_t first = 0; first < count; first += kBatch) {
    std::vector<payment_platform::Command> commands;
    for (size_t i = first; i < std::min(first + kBatch, count); ++i) commands.push_back(Opening(i));
    for (const payment_platform::Outcome& outcome : ledger.Execute(commands)) {
      if (!outcome.status.ok() && !absl::IsAlreadyExists(outcome.status)) return outcome.status;
    }
  }
  return absl::OkStatus();
}

}  // namespace signet::bench
