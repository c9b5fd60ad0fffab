#include <memory>
#include <variant>
#include <vector>

#include "libs/base/clock.h"
#include "libs/dukpt/key_serial_number.h"
#include "libs/serving/metrics.h"
#include "services/payment_platform/store/ledger/ledger_store.h"
#include "services/payment_platform/store/postgres/migrations.h"
#include "tests/bench/devices/bench_accounts.h"
#include "tests/bench/micro/benchmarks.h"
#include "tests/support/payment_messages.h"

namespace signet::bench {
namespace {

using payment_platform::Command;
using payment_platform::Connection;
using payment_platform::Message;
using payment_platform::Outcome;

constexpr size_t kAccounts = 10'000;  // with a device each

void PrepareDatabase(const std::string& database) {
  Connection connection(database);
  OrThrow(Migrate(connection, payment_platform::EmbeddedMigrations()));
  OrThrow(OpenAccounts(database, kAccounts));
  OrThrow(connection.Run([](pqxx::transaction_base& transaction) {
    transaction.exec(
        "INSERT INTO device (account_id, name, state, created_at_unix_ms)"
        " SELECT account_id, 'device', 2, 0 FROM account WHERE handle LIKE 'bench-%'"
        " ORDER BY handle");
    return absl::OkStatus();
  }));
}

// The next payment of each of a row of devices.
class Payers {
 public:
  std::vector<Command> Instructions(size_t count) {
    std::vector<Command> commands;
    for (size_t i = 0; i < count; ++i) {
      if (next_ == kAccounts) {
        next_ = 0;
        do {
          ++counter_;
        } while (!dukpt::IsUsableCounter(counter_));
      }
      // Device 1 belongs to account 0, and so on.
      const size_t payer = next_++;
      const size_t payee = (payer + 1 + counter_ * 7 % (kAccounts - 1)) % kAccounts;
      testing::InstructionFields fields;
      fields.payee = AccountHandle(payee);
      fields.payee_name = AccountName(payee);
      const PaymentId id{static_cast<uint32_t>(payer + 1), counter_};
      commands.emplace_back(testing::Instruction(id, fields));
    }
    return commands;
  }

 private:
  uint32_t counter_ = 1;
  size_t next_ = 0;
};

// One iteration: so many payments authorized in one transaction, then confirmed in another.
void PayInBatches(benchmark::State& state, const std::string& database, Payers& payers) {
  const SystemClock clock;
  serving::Metrics metrics;
  payment_platform::DatabaseMetrics database_metrics(metrics);
  payment_platform::LedgerStore ledger(database, payment_platform::Rules{}, clock,
                                       database_metrics);
  const auto batch = static_cast<size_t>(state.range(0));
  for (auto _ : state) {
    const std::vector<Command> instructions = payers.Instructions(batch);
    const std::vector<Outcome> authorized = ledger.Execute(instructions);
    std::vector<Command> confirmations;
    for (size_t i = 0; i < batch; ++i) {
      OrThrow(authorized[i].status);
      confirmations.emplace_back(
          testing::Confirmation(std::get<Message>(instructions[i]), authorized[i].answer.body));
    }
    for (const Outcome& outcome : ledger.Execute(confirmations)) OrThrow(outcome.status);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

}  // namespace

void RegisterLedgerBenchmarks(const std::string& database) {
  PrepareDatabase(database);
  const auto payers = std::make_shared<Payers>();
  benchmark::RegisterBenchmark(
      "ledger/pay_in_batches",
      [database, payers](benchmark::State& state) { PayInBatches(state, database, *payers); })
      ->Arg(1)
      ->Arg(16)
      ->Arg(64)
      ->Arg(256)
      ->UseRealTime();
}

}  // namespace signet::bench
