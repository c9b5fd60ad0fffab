#include <thread>

#include "services/payment_platform/store/postgres/migrations.h"
#include "tests/integration/payment_platform/ledger_fixture.h"
#include "tests/support/process.h"

namespace signet::payment_platform {
namespace {

class DatabaseTest : public LedgerIntegrationTest {
 protected:
  std::unique_ptr<Database> Open(DatabaseOptions options = {}) {
    options.connection = connection_string_;
    absl::StatusOr<std::unique_ptr<Database>> database =
        Database::Open(options, *database_metrics_);
    EXPECT_TRUE(database.ok()) << database.status();
    return database.ok() ? *std::move(database) : nullptr;
  }
  static TransactionFn Raise(const std::string& sqlstate) {
    return [sqlstate](pqxx::transaction_base& transaction) {
      transaction.exec("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '" + sqlstate +
                       "'; END $$");
      return absl::OkStatus();
    };
  }
};

TEST_F(DatabaseTest, RefusesADatabaseThatCanLoseCommits) {
  Sql("DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() ||"
      " ' SET synchronous_commit = off'; END $$");
  const absl::Status opened =
      Database::Open({.connection = connection_string_}, *database_metrics_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(opened)) << opened;
  EXPECT_NE(opened.message().find("synchronous_commit=off"), std::string::npos);
}

TEST_F(DatabaseTest, RefusesADatabaseThatCanTearItsPages) {
  // Of the whole cluster; the server takes it over in its own time.
  const auto set = [this](const std::string& value) {
    pqxx::connection connection(connection_string_);
    pqxx::nontransaction direct(connection);
    direct.exec("ALTER SYSTEM SET full_page_writes = " + value);
    direct.exec("SELECT pg_reload_conf()");
    std::string now;
    for (int i = 0; i < 100'000 && now != value; ++i) {
      now = direct.exec1("SHOW full_page_writes")[0].as<std::string>();
    }
    ASSERT_EQ(now, value);
  };
  set("off");
  const absl::Status opened =
      Database::Open({.connection = connection_string_}, *database_metrics_).status();
  set("on");
  EXPECT_TRUE(absl::IsFailedPrecondition(opened)) << opened;
  EXPECT_NE(opened.message().find("full_page_writes=off"), std::string::npos);
}

TEST_F(DatabaseTest, UnreachableDatabaseIsUnavailable) {
  const absl::Status opened =
      Database::Open({.connection = std::string("host=/nonexistent dbname=x")}, *database_metrics_)
          .status();
  EXPECT_TRUE(absl::IsUnavailable(opened)) << opened;
}

// pqxx and libpq report them each in its way; they mean the same.
TEST_F(DatabaseTest, AnErrorMeansTheSameHoweverItIsReported) {
  Connection connection(connection_string_);
  for (const std::string sqlstate :
       {"08006", "0A000", "22012", "23001", "23502", "23503", "23505", "23514", "25006", "26000",
        "40000", "40001", "40003", "40P01", "42501", "42601", "42P01", "42P05", "53100", "53200",
        "53300", "55P03", "57014", "57P01", "57P03", "58030", "P0001", "XX000"}) {
    const absl::Status by_pqxx = connection.Run(Raise(sqlstate));
    const std::string raise =
        "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '" + sqlstate + "'; END $$";
    const std::string name = "raise_" + sqlstate;
    const absl::Status by_libpq = connection.RunPipelined([&](Pipeline& pipeline) {
      pipeline.Queue({name.c_str(), raise.c_str()});
      return absl::OkStatus();
    });
    const absl::Status meaning = FromSqlstate(sqlstate, "ERROR:  x");
    EXPECT_EQ(by_libpq, meaning) << sqlstate;
    if (sqlstate == "08006") {  // of these libpqxx says that the connection is lost
      EXPECT_TRUE(absl::IsUnavailable(by_pqxx) && IsRetryable(by_pqxx)) << by_pqxx;
    } else {
      EXPECT_EQ(by_pqxx, meaning) << sqlstate;
    }
    EXPECT_EQ(connection.Run([](pqxx::transaction_base&) { return absl::OkStatus(); }),
              absl::OkStatus())
        << sqlstate;
  }
}

TEST_F(DatabaseTest, ConflictsAreRunAgainABoundedNumberOfTimes) {
  const std::unique_ptr<Database> database = Open();
  int runs = 0;
  EXPECT_TRUE(absl::IsAborted(database->Run([&](pqxx::transaction_base& transaction) {
    ++runs;
    return Raise("40001")(transaction);
  })));
  EXPECT_EQ(runs, 3);
  EXPECT_TRUE(HasMetric("signet_db_retries_total{reason=\"conflict\"} 2"));
}

TEST_F(DatabaseTest, ErrorOfTheWorkRollsBack) {
  const std::unique_ptr<Database> database = Open();
  const absl::Status status = database->Run([](pqxx::transaction_base& transaction) {
    transaction.exec("DELETE FROM device");
    return absl::CancelledError("changed my mind");
  });
  EXPECT_TRUE(absl::IsCancelled(status));
  EXPECT_EQ(Sql("SELECT count(*) FROM device"), "5");
}

TEST_F(DatabaseTest, ReadOnlyCannotWrite) {
  const std::unique_ptr<Database> database = Open();
  EXPECT_FALSE(database
                   ->RunReadOnly([](pqxx::transaction_base& transaction) {
                     transaction.exec("DELETE FROM device");
                     return absl::OkStatus();
                   })
                   .ok());
}

TEST_F(DatabaseTest, PoolIsBoundedAndReplacesDeadConnections) {
  const std::unique_ptr<Database> database =
      Open({.connection = std::string(),
            .max_connections = 1,
            .acquire_timeout = std::chrono::milliseconds(1)});
  const absl::Status outer = database->Run([&](pqxx::transaction_base&) {
    EXPECT_TRUE(absl::IsResourceExhausted(database->Ping()));
    return absl::OkStatus();
  });
  EXPECT_TRUE(outer.ok()) << outer;
  EXPECT_GE(TerminateOthers(), 1);
  EXPECT_TRUE(database->Ping().ok());
}

TEST_F(DatabaseTest, TimeoutsAreSetButNotReplaced) {
  EXPECT_EQ(Sql("SHOW statement_timeout"), "10s");
  EXPECT_EQ(Sql("SHOW lock_timeout"), "5s");
  EXPECT_EQ(Sql("SHOW idle_in_transaction_session_timeout"), "15s");
  sql_ = std::make_unique<Connection>(connection_string_ + " options='-c lock_timeout=1234'");
  EXPECT_EQ(Sql("SHOW statement_timeout"), "10s");
  EXPECT_EQ(Sql("SHOW lock_timeout"), "1234ms");
}

TEST_F(DatabaseTest, MigrationsApplyOnceFromManyStartersAtOnce) {
  const absl::StatusOr<std::string> fresh = postgres_->CreateDatabase();
  ASSERT_TRUE(fresh.ok());
  std::vector<std::thread> starters;
  for (int i = 0; i < 4; ++i) {
    starters.emplace_back([&fresh] {
      Connection connection(*fresh);
      const absl::StatusOr<int> version = Migrate(connection, EmbeddedMigrations());
      EXPECT_TRUE(version.ok()) << version.status();
    });
  }
  for (std::thread& starter : starters) starter.join();
  Connection connection(*fresh);
  EXPECT_EQ(*Migrate(connection, EmbeddedMigrations()), EmbeddedMigrations().back().version);
}

TEST_F(DatabaseTest, AChangedMigrationIsRefused) {
  std::vector<Migration> changed = EmbeddedMigrations();
  changed.front().sql += "-- an afterthought";
  EXPECT_TRUE(absl::IsFailedPrecondition(Migrate(*sql_, changed).status()));
}

// After a release, the former one's replicas still start.
TEST_F(DatabaseTest, ANewerSchemaIsServedAndLeftAsItIs) {
  std::vector<Migration> newer = EmbeddedMigrations();
  newer.push_back({newer.back().version + 1, "9999_more", "CREATE TABLE more (id integer)"});
  EXPECT_EQ(*Migrate(*sql_, newer), newer.back().version);
  EXPECT_EQ(*Migrate(*sql_, EmbeddedMigrations()), newer.back().version);
  EXPECT_EQ(Sql("SELECT count(*) FROM schema_migration"), std::to_string(newer.size()));
  newer.front().sql += "-- an afterthought";
  EXPECT_TRUE(absl::IsFailedPrecondition(Migrate(*sql_, newer).status()));
}

// What deploy/postgres/restrict.sql leaves to the role that serves.
TEST_F(DatabaseTest, ARestrictedRoleServesButCannotChangeWhatIsWrittenOnce) {
  Sql("DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'signet_run') THEN"
      " CREATE ROLE signet_run LOGIN; END IF; END $$");
  const auto restricted =
      testing::RunProgram({"psql", connection_string_, "-Xq", "-v", "role=signet_run", "-f",
                           testing::SourceDir() + "/deploy/postgres/restrict.sql"});
  ASSERT_EQ(restricted.exit_code, 0) << restricted.err;
  connection_string_.replace(connection_string_.find("user=signet"), 11, "user=signet_run");
  Connection own(connection_string_);
  EXPECT_EQ(*Migrate(own, EmbeddedMigrations()), EmbeddedMigrations().back().version);
  std::vector<Migration> newer = EmbeddedMigrations();
  newer.push_back({newer.back().version + 1, "9999_more", "CREATE TABLE more (id integer)"});
  const absl::Status denied = Migrate(own, newer).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(denied)) << denied;
  EXPECT_NE(denied.message().find("restrict.sql"), std::string::npos);

  StartBatcher(2);
  const Outcome opened =
      Submit(OpenAccount{"bob", "Bob", AccountKind::kCustomer, "EUR", 100, 100, "olivia"});
  ASSERT_TRUE(opened.status.ok()) << opened.status;
  const Message instruction = testing::Instruction({1, 1});
  const Outcome authorized = Submit(instruction);
  ASSERT_EQ(authorized.payment_state, payments::v1::PAYMENT_STATE_AUTHORIZED);
  const Outcome confirmed = Submit(testing::Confirmation(instruction, authorized.answer.body));
  EXPECT_EQ(confirmed.payment_state, payments::v1::PAYMENT_STATE_CONFIRMED) << confirmed.status;

  for (const std::string statement :
       {"UPDATE entry SET amount_minor = 1", "DELETE FROM journal", "TRUNCATE audit",
        "DELETE FROM payment", "ALTER TABLE journal DISABLE TRIGGER journal_immutable",
        "DROP TABLE entry", "CREATE TABLE mine (id integer)",
        "SET session_replication_role = replica"}) {
    const absl::Status status = own.Run([&](pqxx::transaction_base& transaction) {
      transaction.exec(statement);
      return absl::OkStatus();
    });
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << statement << ": " << status;
  }
}

TEST_F(DatabaseTest, FailedMigrationLeavesNothing) {
  std::vector<Migration> broken = EmbeddedMigrations();
  broken.push_back({broken.back().version + 1, "9999_broken", "CREATE TABLE more (id integer); x"});
  EXPECT_FALSE(Migrate(*sql_, broken).ok());
  EXPECT_EQ(Sql("SELECT count(*) FROM pg_tables WHERE tablename = 'more'"), "0");
  EXPECT_EQ(Sql("SELECT max(version) FROM schema_migration"),
            std::to_string(EmbeddedMigrations().back().version));
}

}  // namespace
}  // namespace signet::payment_platform
