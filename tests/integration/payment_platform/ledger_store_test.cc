// How the ledger talks to Postgres: few round trips, no row unaccounted for, plans that do not
// depend on how large the tables are.
#include <algorithm>

#include "services/payment_platform/store/ledger/ledger_sql.h"
#include "tests/integration/payment_platform/counting_relay.h"
#include "tests/integration/payment_platform/ledger_fixture.h"

namespace signet::payment_platform {
namespace {

using namespace signet::testing;  // messages

class LedgerStoreTest : public LedgerIntegrationTest {
 protected:
  // From now on the table's rows survive every change: a trigger drops it without an error.
  void IgnoreChanges(const std::string& table, const std::string& operation) {
    ASSERT_TRUE(TrySql("CREATE FUNCTION ignore_" + table +
                       "() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                       " CREATE TRIGGER ignore BEFORE " +
                       operation + " ON " + table + " FOR EACH ROW EXECUTE FUNCTION ignore_" +
                       table + "()")
                    .ok());
  }
  void HeedChanges(const std::string& table) {
    ASSERT_TRUE(TrySql("DROP TRIGGER ignore ON " + table).ok());
  }
  // "host=DIR …"
  static std::string SocketDirOf(const std::string& connection_string) {
    const size_t start = connection_string.find('=') + 1;
    return connection_string.substr(start, connection_string.find(' ') - start);
  }
  // Everything that a payment could change.
  std::string Books() {
    return Sql(
        "SELECT concat_ws(' ', (SELECT string_agg(d::text, ',' ORDER BY device_id) FROM device d),"
        " (SELECT string_agg(a::text, ',' ORDER BY account_id) FROM account a),"
        " (SELECT string_agg(p::text, ',') FROM payment p), (SELECT count(*) FROM entry),"
        " (SELECT count(*) FROM journal))");
  }
};

TEST_F(LedgerStoreTest, BatchTakesFourRoundTrips) {
  CountingRelay relay(SocketDirOf(connection_string_));
  LedgerStore store(relay.Through(connection_string_), Rules{}, clock_, *database_metrics_);
  store.Execute({AccountQuery({1, 1})});  // connects
  // Every statement once, so that it is prepared.
  const auto pay = [&](uint32_t counter, size_t devices) {
    std::vector<Command> instructions;
    std::vector<Command> confirmations;
    for (uint32_t device = 1; device <= devices; ++device) {
      instructions.emplace_back(Instruction({device, counter}, {.amount_minor = 1}));
    }
    size_t before = relay.round_trips();
    const std::vector<Outcome> authorized = store.Execute(instructions);
    const size_t authorizing = relay.round_trips() - before;
    for (size_t i = 0; i < devices; ++i) {
      confirmations.emplace_back(
          Confirmation(std::get<Message>(instructions[i]), authorized[i].answer.body));
    }
    before = relay.round_trips();
    for (const Outcome& outcome : store.Execute(confirmations)) {
      EXPECT_EQ(ReceiptOf(outcome).amount().amount_minor(), 1) << outcome.status;
    }
    return std::pair(authorizing, relay.round_trips() - before);
  };
  pay(2, 1);
  EXPECT_EQ(pay(3, 1), (std::pair<size_t, size_t>(4, 4)));
  EXPECT_EQ(pay(4, 4), (std::pair<size_t, size_t>(4, 4)));
}

TEST_F(LedgerStoreTest, RowThatDoesNotChangeMakesTheBatchFailAndNothingIsWritten) {
  const Message first = Instruction({1, 1});
  const Outcome authorized = Submit(first);
  ASSERT_TRUE(authorized.status.ok());
  const Message confirmation = Confirmation(first, authorized.answer.body);
  const std::string before = Books();
  const std::vector<std::tuple<std::string, std::string, Message>> cases = {
      {"device", "UPDATE", Instruction({2, 1})},  {"account", "UPDATE", Instruction({2, 1})},
      {"payment", "INSERT", Instruction({2, 1})}, {"journal", "INSERT", Instruction({2, 1})},
      {"account", "UPDATE", confirmation},        {"payment", "UPDATE", confirmation},
      {"entry", "INSERT", confirmation},
  };
  for (const auto& [table, operation, message] : cases) {
    IgnoreChanges(table, operation);
    const Outcome outcome = Submit(message);
    EXPECT_TRUE(absl::IsInternal(outcome.status)) << table << " " << operation << outcome.status;
    EXPECT_NE(outcome.status.message().find("where it should have changed"), std::string::npos)
        << outcome.status;
    EXPECT_EQ(Books(), before) << table << " " << operation;
    HeedChanges(table);
    ASSERT_TRUE(TrySql("DROP FUNCTION ignore_" + table).ok());
  }
  EXPECT_EQ(ReceiptOf(Submit(confirmation)).amount().amount_minor(), 1250);
  ExpectSoundBooks();
}

TEST_F(LedgerStoreTest, EveryRowIsFoundByAnIndex) {
  // Tables this small are read whole where the planner may choose.
  ASSERT_TRUE(TrySql("INSERT INTO account (handle, name, kind, state, currency_code,"
                     " payment_limit_minor, created_at_unix_ms)"
                     " SELECT 'a' || i, 'A', 1, 1, 'EUR', 1, 0 FROM generate_series(1, 30) i;"
                     " INSERT INTO device (device_id, account_id, name, state, created_at_unix_ms)"
                     " OVERRIDING SYSTEM VALUE"
                     " SELECT 100 + account_id, account_id, 'device', 2, 0 FROM account")
                  .ok());
  for (uint32_t counter = 1; counter <= 30; ++counter) Submit(Instruction({1, counter}));
  Sql("ANALYZE");
  Connection session(connection_string_);
  for (const Statement& statement :
       {ledger_sql::kChainHead, ledger_sql::kLockDevices, ledger_sql::kReadPayments,
        ledger_sql::kReadAccounts, ledger_sql::kReadAccountsByHandle, ledger_sql::kLockAccounts,
        ledger_sql::kMakeSystemAccounts, ledger_sql::kRaiseCounters, ledger_sql::kUpdateBalances,
        ledger_sql::kUpdatePayments}) {
    std::string plan;
    const absl::Status explained = session.Run([&](pqxx::transaction_base& transaction) {
      transaction.exec(ledger_sql::kKeepPlans);
      const std::string name = statement.name;
      transaction.exec("PREPARE " + name + " AS " + statement.sql);
      const auto parameters =
          transaction
              .exec1(
                  "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = '" +
                  name + "'")[0]
              .as<int>();
      std::string nulls = "NULL";
      for (int i = 1; i < parameters; ++i) nulls += ", NULL";
      for (const pqxx::row& row :
           transaction.exec("EXPLAIN (VERBOSE) EXECUTE " + name + "(" + nulls + ")")) {
        plan += row[0].as<std::string>() + "\n";
      }
      return absl::OkStatus();
    });
    ASSERT_TRUE(explained.ok()) << explained << statement.name;
    EXPECT_NE(plan.find("$1"), std::string::npos) << "not a generic plan: " << plan;
    EXPECT_NE(plan.find("Index Cond"), std::string::npos) << plan;
    for (const char* slow : {"Seq Scan", "Hash", "Merge Join", "Join Filter", "Materialize"}) {
      EXPECT_EQ(plan.find(slow), std::string::npos) << plan;
    }
  }
}

TEST_F(LedgerStoreTest, FailedStatementLeavesAConnectionThatWorks) {
  constexpr Statement kDivide = {"divide", "SELECT 1 / $1::integer"};
  Connection connection(connection_string_);
  const auto divide_one_by = [&](int32_t divisor) {
    return connection.RunPipelined([&](Pipeline& pipeline) {
      pipeline.Queue({"rename", "UPDATE device SET name = 'renamed'"});
      pipeline.Queue(kDivide, Parameters().Integer(divisor));
      pipeline.Queue(kDivide, Parameters().Integer(1));
      const std::vector<Rows> answers = pipeline.Send();
      EXPECT_EQ(answers.size(), 4u);  // BEGIN is first
      EXPECT_EQ(answers[1].affected(), 5u);
      EXPECT_EQ(answers[2].Integer(0, 0), 1 / divisor);
      return absl::OkStatus();
    });
  };
  const absl::Status failed = divide_one_by(0);
  EXPECT_TRUE(absl::IsInternal(failed)) << failed;
  EXPECT_NE(failed.message().find("22012"), std::string::npos) << failed;  // division_by_zero
  EXPECT_EQ(Sql("SELECT count(*) FROM device WHERE name = 'renamed'"), "0");
  EXPECT_TRUE(divide_one_by(-1).ok());
  EXPECT_EQ(Sql("SELECT count(*) FROM device WHERE name = 'renamed'"), "5");
}

}  // namespace
}  // namespace signet::payment_platform
