// Servers that cannot be written, standbys that go away, and what is said of commits then: a
// primary and a streaming standby, both real.
#include <gmock/gmock.h>
#include <signal.h>

#include <future>
#include <thread>

#include "services/payment_platform/database_monitor.h"
#include "services/payment_platform/store/postgres/migrations.h"
#include "tests/integration/payment_platform/ledger_fixture.h"

namespace signet::payment_platform {
namespace {

using namespace signet::testing;  // messages
using namespace std::chrono_literals;
using ::testing::HasSubstr;

class FailoverTest : public LedgerIntegrationTest {
 protected:
  static void SetUpTestSuite() {
    LedgerIntegrationTest::SetUpTestSuite();
    auto standby = TestPostgres::StartStandby(*postgres_);
    ASSERT_TRUE(standby.ok()) << standby.status();
    standby_ = *std::move(standby);
    Set("synchronous_standby_names", "'*'");
    Await([] { return Standbys() == "sync"; });
  }
  static void TearDownTestSuite() {
    standby_.reset();
    LedgerIntegrationTest::TearDownTestSuite();
  }
  void SetUp() override {
    ASSERT_NE(standby_, nullptr);
    LedgerIntegrationTest::SetUp();
  }
  void TearDown() override { LetStandbyReceive(); }

  static void Set(const std::string& name, const std::string& value) {
    postgres_->Query("ALTER SYSTEM SET " + name + " = " + value);
    postgres_->Query("SELECT pg_reload_conf()");
  }
  static std::string Standbys() {
    return postgres_->Query("SELECT sync_state FROM pg_stat_replication");
  }
  static void Await(const std::function<bool()>& expected,
                    std::chrono::seconds patience = std::chrono::seconds(60)) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!expected()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "never came";
      std::this_thread::sleep_for(20ms);
    }
  }

  // The standby stays connected, and acknowledges nothing: commits wait.
  void FreezeStandby() {
    std::string pid;
    Await([&] { return !(pid = standby_->Query("SELECT pid FROM pg_stat_wal_receiver")).empty(); });
    receiver_ = std::stoi(pid);
    ASSERT_EQ(kill(receiver_, SIGSTOP), 0);
  }
  void LetStandbyReceive() {
    if (receiver_ != 0) kill(receiver_, SIGCONT);
    receiver_ = 0;
  }
  // Ends the wait of whoever waits for the standby: a WARNING to it, and a success.
  static std::string CancelWaiting() {
    return postgres_->Query(
        "SELECT count(*) FILTER (WHERE pg_cancel_backend(pid)) FROM pg_stat_activity"
        " WHERE wait_event = 'SyncRep' AND application_name = 'signet-platform'");
  }

  ConnectionOptions Options(std::chrono::milliseconds commit_wait) {
    ConnectionOptions options(connection_string_);
    options.commit_wait = commit_wait;
    options.commits = &commits_;
    return options;
  }
  void StartWriter(const ConnectionOptions& options) {
    batcher_.reset();
    std::vector<std::unique_ptr<LedgerStore>> writers;
    writers.push_back(std::make_unique<LedgerStore>(options, Rules{}, clock_, *database_metrics_));
    batcher_ = std::make_unique<Batcher>(std::move(writers), BatcherOptions{}, metrics_);
  }
  std::unique_ptr<DatabaseMonitor> Monitor(const ConnectionOptions& options) {
    auto monitor =
        std::make_unique<DatabaseMonitor>(options, EmbeddedMigrations().back().version, commits_,
                                          *database_metrics_, absl::Milliseconds(100));
    monitor->Start();
    return monitor;
  }
  std::string StandbyConnection() const {
    std::string other = connection_string_;
    return other.replace(other.find("host=") + 5, postgres_->SocketDir().size(),
                         standby_->SocketDir());
  }
  bool InDoubt(const std::string& reason, int count) {
    return HasMetric("signet_db_commits_in_doubt_total{reason=\"" + reason + "\"} " +
                     std::to_string(count));
  }

  static std::unique_ptr<TestPostgres> standby_;
  CommitWatch commits_;
  pid_t receiver_ = 0;
};
std::unique_ptr<TestPostgres> FailoverTest::standby_;

TEST_F(FailoverTest, ACommitHasADeadlineAndIsLookedUp) {
  StartWriter(Options(1s));
  FreezeStandby();
  const Message instruction = Instruction({1, 1});
  auto answer = std::async(std::launch::async, [&] { return Submit(instruction); });
  Await([&] { return InDoubt("no_answer", 1); });
  LetStandbyReceive();
  const Outcome known = answer.get();
  EXPECT_TRUE(known.status.ok()) << known.status;
  EXPECT_FALSE(known.replayed);
  EXPECT_TRUE(HasMetric("signet_db_doubts_total{finding=\"committed\"} 1"));
  EXPECT_EQ(AuthorizationOf(known).amount().amount_minor(), 1250);
  ExpectSoundBooks();
}

TEST_F(FailoverTest, WhatCannotBeFoundOutIsSaidToBeUnknown) {
  StartWriter(Options(1s));
  FreezeStandby();
  const Message instruction = Instruction({1, 1});
  const Outcome unknown = Submit(instruction);
  EXPECT_TRUE(IsOutcomeUnknown(unknown.status)) << unknown.status;
  EXPECT_TRUE(HasMetric("signet_db_doubts_total{finding=\"unknown\"} 1"));
  EXPECT_TRUE(commits_.Stuck());
  LetStandbyReceive();
  EXPECT_TRUE(SubmitUntilKnown(instruction).status.ok());
  EXPECT_EQ(Sql("SELECT count(*) FROM payment"), "1");
  ExpectSoundBooks();
}

// The row is there for everyone to read, on one machine: no answer may rest on it.
TEST_F(FailoverTest, ACancelledWaitIsNoSuccessAndNobodyAnswersFromIt) {
  StartWriter(Options(1s));
  const Outcome before = Submit(Instruction({1, 1}));
  ASSERT_TRUE(before.status.ok()) << before.status;
  StartWriter(Options(20s));
  FreezeStandby();
  const Message instruction = Instruction({1, 2});
  auto answer = std::async(std::launch::async, [&] { return Submit(instruction); });
  Await([] { return CancelWaiting() == "1"; });
  Await([&] { return InDoubt("warning", 1); });
  Await([&] { return Sql("SELECT count(*) FROM payment WHERE counter = 2") == "1"; });
  EXPECT_EQ(answer.wait_for(500ms), std::future_status::timeout);  // it waits for the standby
  const std::unique_ptr<LedgerStore> another =
      std::make_unique<LedgerStore>(Options(1s), Rules{}, clock_, *database_metrics_);
  const Outcome replay = another->Execute({instruction}).front();
  EXPECT_TRUE(IsOutcomeUnknown(replay.status)) << replay.status;
  LetStandbyReceive();
  EXPECT_TRUE(answer.get().status.ok());
  const Outcome again = another->Execute({instruction}).front();
  EXPECT_TRUE(again.status.ok() && again.replayed) << again.status;
  ExpectSoundBooks();
}

TEST_F(FailoverTest, ReadinessTellsOfACommitThatHangsAndOfItsEnd) {
  StartWriter(Options(60s));
  const auto monitor = Monitor(Options(60s));
  EXPECT_TRUE(monitor->Fitness().ok()) << monitor->Fitness();
  FreezeStandby();
  auto answer = std::async(std::launch::async, [&] { return Submit(Instruction({1, 1})); });
  Await([&] { return !monitor->Fitness().ok(); });
  EXPECT_EQ(NeedOf(monitor->Fitness()), Need::kCommits) << monitor->Fitness();
  Await([&] { return HasMetric("signet_db_fit{part=\"commits\"} 0"); });
  EXPECT_TRUE(HasMetric("signet_db_fit{part=\"writable\"} 1"));
  LetStandbyReceive();
  EXPECT_TRUE(answer.get().status.ok());
  Await([&] { return monitor->Fitness().ok(); });
  Await([&] { return HasMetric("signet_db_fit{part=\"commits\"} 1"); });
}

// With nobody paying, the monitor itself finds out that commits come back.
TEST_F(FailoverTest, AfterACommitThatDidNotComeBackAnotherHasTo) {
  StartWriter(Options(1s));
  FreezeStandby();
  EXPECT_TRUE(IsOutcomeUnknown(Submit(Instruction({1, 1})).status));
  const auto monitor = Monitor(Options(1s));
  EXPECT_EQ(NeedOf(monitor->Fitness()), Need::kCommits) << monitor->Fitness();
  LetStandbyReceive();
  Await([&] { return monitor->Fitness().ok(); });
  EXPECT_FALSE(commits_.Stuck());
}

TEST_F(FailoverTest, AStandbyIsRefusedWithTheReason) {
  Connection standby(StandbyConnection());
  const absl::Status migrated = Migrate(standby, EmbeddedMigrations()).status();
  EXPECT_TRUE(absl::IsUnavailable(migrated)) << migrated;
  EXPECT_EQ(NeedOf(migrated), Need::kWritable);
  EXPECT_THAT(std::string(migrated.message()), HasSubstr("standby"));
  ConnectionOptions options(StandbyConnection());
  const auto monitor = Monitor(options);
  EXPECT_EQ(NeedOf(monitor->Fitness()), Need::kWritable);
  EXPECT_TRUE(HasMetric("signet_db_fit{part=\"writable\"} 0"));
  EXPECT_TRUE(HasMetric("signet_db_fit{part=\"connection\"} 1"));
}

TEST_F(FailoverTest, AServerThatBecomesReadOnlyIsLeftUntilItCanBeWritten) {
  const ConnectionOptions options = Options(8s);
  StartWriter(options);
  ASSERT_TRUE(Submit(Instruction({1, 1})).status.ok());
  const auto monitor = Monitor(options);
  ASSERT_TRUE(monitor->Fitness().ok()) << monitor->Fitness();
  Set("default_transaction_read_only", "on");
  Await([&] { return NeedOf(monitor->Fitness()) == Need::kWritable; });
  const Outcome refused = Submit(Instruction({1, 2}));
  EXPECT_TRUE(absl::IsUnavailable(refused.status)) << refused.status;
  EXPECT_FALSE(IsOutcomeUnknown(refused.status));
  Set("default_transaction_read_only", "off");
  const auto back = std::chrono::steady_clock::now();
  EXPECT_TRUE(SubmitUntilKnown(Instruction({1, 2})).status.ok());
  Await([&] { return monitor->Fitness().ok(); });
  EXPECT_LT(std::chrono::steady_clock::now() - back, 5s);
  ExpectSoundBooks();
}

TEST_F(FailoverTest, ASynchronousStandbyCanBeRequired) {
  ConnectionOptions options = Options(8s);
  options.require_synchronous_standby = true;
  StartWriter(options);
  const auto monitor = Monitor(options);
  EXPECT_TRUE(monitor->Fitness().ok()) << monitor->Fitness();
  ASSERT_TRUE(Submit(Instruction({1, 1})).status.ok());

  Set("synchronous_standby_names", "''");  // acknowledges what one disk holds
  Await([&] { return NeedOf(monitor->Fitness()) == Need::kStandby; });
  EXPECT_THAT(std::string(monitor->Fitness().message()), HasSubstr("synchronous_standby_names"));
  const Outcome alone = Submit(Instruction({1, 2}));
  EXPECT_TRUE(absl::IsUnavailable(alone.status)) << alone.status;
  EXPECT_FALSE(IsOutcomeUnknown(alone.status));
  EXPECT_EQ(Sql("SELECT count(*) FROM payment"), "1");
  Set("synchronous_standby_names", "'*'");
  Await([&] { return monitor->Fitness().ok(); });

  standby_->Stop();  // commits would hang: they are not begun
  Await([&] { return NeedOf(monitor->Fitness()) == Need::kStandby; });
  const Outcome gone = Submit(Instruction({1, 2}));
  EXPECT_TRUE(absl::IsUnavailable(gone.status)) << gone.status;
  EXPECT_FALSE(IsOutcomeUnknown(gone.status)) << gone.status;
  ASSERT_TRUE(standby_->Restart().ok());
  EXPECT_TRUE(SubmitUntilKnown(Instruction({1, 2})).status.ok());
  Await([&] { return monitor->Fitness().ok(); });
}

TEST_F(FailoverTest, ARoleThatMayNotSeeStandbysIsToldTheGrant) {
  postgres_->Query("CREATE ROLE blind LOGIN");
  ConnectionOptions options(
      connection_string_.replace(connection_string_.find("user=signet"), 11, "user=blind"));
  options.require_synchronous_standby = true;
  Connection connection(options);
  const absl::Status refused = connection.EnsureOpen();
  EXPECT_THAT(std::string(refused.message()), HasSubstr("GRANT pg_read_all_stats TO blind"));
  postgres_->Query("GRANT pg_read_all_stats TO blind");
  EXPECT_EQ(connection.EnsureOpen(), absl::OkStatus());
  const absl::Status unfit = connection.Check(EmbeddedMigrations().back().version);
  EXPECT_EQ(NeedOf(unfit), Need::kSchema) << unfit;  // it may read nothing either
  postgres_->Query("DROP ROLE blind");
}

TEST_F(FailoverTest, ASchemaThatIsOlderThanTheProgramIsToldAsThat) {
  Connection connection(connection_string_);
  EXPECT_TRUE(connection.Check(EmbeddedMigrations().back().version).ok());
  const absl::Status older = connection.Check(EmbeddedMigrations().back().version + 1);
  EXPECT_EQ(NeedOf(older), Need::kSchema) << older;
  EXPECT_THAT(std::string(older.message()), HasSubstr("signet-platform migrate"));
}

// Last: the primary is gone after it.
TEST_F(FailoverTest, ZPaymentsGoOnWithThePromotedStandby) {
  ConnectionOptions options("host=" + standby_->SocketDir() + "," + postgres_->SocketDir() +
                            connection_string_.substr(connection_string_.find(" user=")));
  options.commits = &commits_;
  StartWriter(options);
  const auto monitor = Monitor(options);
  const Message first = Instruction({1, 1});
  ASSERT_TRUE(Submit(first).status.ok()) << "the standby is named first";
  EXPECT_TRUE(monitor->Fitness().ok()) << monitor->Fitness();
  postgres_->Stop();
  EXPECT_TRUE(absl::IsUnavailable(Submit(Instruction({1, 2})).status));
  Await([&] { return !monitor->Fitness().ok(); });
  ASSERT_EQ(standby_->Query("SELECT pg_promote()"), "t");
  standby_->Query("ALTER SYSTEM SET synchronous_standby_names = ''");
  standby_->Query("SELECT pg_reload_conf()");
  const auto promoted = std::chrono::steady_clock::now();
  EXPECT_TRUE(SubmitUntilKnown(Instruction({1, 2})).status.ok());
  Await([&] { return monitor->Fitness().ok(); });
  EXPECT_LT(std::chrono::steady_clock::now() - promoted, 5s);
  const Outcome replayed = Submit(first);
  EXPECT_TRUE(replayed.status.ok() && replayed.replayed) << replayed.status;
  sql_ = std::make_unique<Connection>(StandbyConnection());
  ExpectSoundBooks();
}

}  // namespace
}  // namespace signet::payment_platform
