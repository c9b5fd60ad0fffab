#include "tests/integration/payment_platform/ledger_fixture.h"

#include <map>
#include <utility>

#include "libs/digests/digests.h"
#include "services/payment_platform/store/postgres/migrations.h"

namespace signet::payment_platform {

std::unique_ptr<testing::TestPostgres> LedgerIntegrationTest::postgres_;

void LedgerIntegrationTest::SetUpTestSuite() {
  absl::StatusOr<std::unique_ptr<testing::TestPostgres>> started = testing::TestPostgres::Start();
  ASSERT_TRUE(started.ok()) << started.status();
  postgres_ = *std::move(started);
}

void LedgerIntegrationTest::SetUp() {
  ASSERT_NE(postgres_, nullptr);
  absl::StatusOr<std::string> created = postgres_->CreateDatabase();
  ASSERT_TRUE(created.ok()) << created.status();
  connection_string_ = *created;
  sql_ = std::make_unique<Connection>(connection_string_ + " application_name=test");
  const absl::StatusOr<int> version = Migrate(*sql_, EmbeddedMigrations());
  ASSERT_TRUE(version.ok()) << version.status();
  database_metrics_ = std::make_unique<DatabaseMetrics>(metrics_);
  StartBatcher(1);
  const Outcome alice = Submit(OpenAccount{"alice", "Alice Ashton", AccountKind::kCustomer, "EUR",
                                           kFunds, 20'000, "olivia"});
  ASSERT_TRUE(alice.status.ok()) << alice.status;
  const Outcome coffee = Submit(OpenAccount{"corner-coffee", "Corner Coffee",
                                            AccountKind::kMerchant, "EUR", 0, 20'000, "olivia"});
  ASSERT_TRUE(coffee.status.ok()) << coffee.status;
  Sql("INSERT INTO device (device_id, account_id, name, state, created_at_unix_ms)"
      " OVERRIDING SYSTEM VALUE SELECT i, account_id, 'device', 2, 0"
      " FROM account, generate_series(1, 5) i"
      " WHERE handle = CASE WHEN i = 5 THEN 'corner-coffee' ELSE 'alice' END");
}

std::unique_ptr<LedgerStore> LedgerIntegrationTest::NewStore() {
  return std::make_unique<LedgerStore>(connection_string_, Rules{}, clock_, *database_metrics_);
}

Batcher& LedgerIntegrationTest::StartBatcher(size_t writers, BatcherOptions options) {
  batcher_.reset();
  std::vector<std::unique_ptr<LedgerStore>> stores;
  for (size_t i = 0; i < writers; ++i) stores.push_back(NewStore());
  batcher_ = std::make_unique<Batcher>(std::move(stores), options, metrics_);
  return *batcher_;
}

std::vector<Outcome> LedgerIntegrationTest::SubmitAll(const std::vector<Command>& commands) {
  std::vector<std::promise<Outcome>> promises(commands.size());
  for (size_t i = 0; i < commands.size(); ++i) {
    const absl::Status submitted = batcher_->Submit(
        commands[i], [&promise = promises[i]](Outcome o) { promise.set_value(std::move(o)); });
    EXPECT_TRUE(submitted.ok()) << submitted;
    if (!submitted.ok()) promises[i].set_value(Outcome());
  }
  std::vector<Outcome> outcomes;
  for (std::promise<Outcome>& promise : promises) outcomes.push_back(promise.get_future().get());
  return outcomes;
}

Outcome LedgerIntegrationTest::SubmitUntilKnown(const Command& command) {
  for (;;) {
    Outcome outcome = Submit(command);
    if (!absl::IsUnavailable(outcome.status)) return outcome;
  }
}

absl::Status LedgerIntegrationTest::TrySql(const std::string& query) {
  return sql_->Run([&](pqxx::transaction_base& transaction) {
    transaction.exec(query);
    return absl::OkStatus();
  });
}

std::string LedgerIntegrationTest::Sql(const std::string& query) {
  std::string value;
  const absl::Status status = sql_->Run([&](pqxx::transaction_base& transaction) {
    const pqxx::result rows = transaction.exec(query);
    value = rows.empty() || rows[0].size() == 0 ? "" : rows[0][0].as<std::string>("");
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status << ": " << query;
  return value;
}

int LedgerIntegrationTest::TerminateOthers() {
  return std::stoi(
      Sql("SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
          " WHERE datname = current_database() AND application_name = 'signet-platform'"));
}

bool LedgerIntegrationTest::HasMetric(const std::string& line) const {
  return metrics_.Serialize().find("\n" + line + "\n") != std::string::npos;
}

void LedgerIntegrationTest::ExpectSoundBooks() {
  std::map<int, std::pair<int64_t, std::string>> heads;  // by chain
  const absl::Status status = sql_->Run([&](pqxx::transaction_base& transaction) {
    heads.clear();
    for (const pqxx::row& row :
         transaction.exec("SELECT chain, sequence, previous_hash, hash, batch"
                          " FROM journal ORDER BY chain, sequence")) {
      auto& [sequence, hash] =
          heads.try_emplace(row["chain"].as<int>(), 0, std::string(32, '\0')).first->second;
      EXPECT_EQ(row["sequence"].as<int64_t>(), ++sequence);
      EXPECT_EQ(pqxx::binarystring(row["previous_hash"]).str(), hash);
      hash = JournalDigest(hash, pqxx::binarystring(row["batch"]).str());
      EXPECT_EQ(pqxx::binarystring(row["hash"]).str(), hash);
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_FALSE(heads.empty());
  EXPECT_EQ(Sql("SELECT coalesce(sum(amount_minor), 0) FROM entry"), "0");
  EXPECT_EQ(Sql("SELECT count(*) FROM (SELECT FROM entry GROUP BY device_id, counter, chain,"
                " sequence HAVING sum(amount_minor) <> 0) AS unbalanced"),
            "0");
  EXPECT_EQ(
      Sql("SELECT count(*) FROM account a WHERE posted_minor <>"
          " (SELECT coalesce(sum(amount_minor), 0) FROM entry WHERE account_id = a.account_id)"
          " OR reserved_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM payment"
          " WHERE payer_account_id = a.account_id AND state = 1)"),
      "0");
}

}  // namespace signet::payment_platform
