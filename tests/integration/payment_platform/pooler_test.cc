// PgBouncer, the real one, between the platform and Postgres.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>

#include <thread>

#include "services/payment_platform/store/postgres/migrations.h"
#include "tests/integration/payment_platform/ledger_fixture.h"

namespace signet::payment_platform {
namespace {

using namespace signet::testing;  // messages
using ::testing::HasSubstr;

class PoolerTest : public LedgerIntegrationTest {
 protected:
  void TearDown() override {
    batcher_.reset();
    sql_.reset();
    StopPgBouncer();
  }

  void StopPgBouncer() {
    if (pid_ > 0) kill(pid_, SIGTERM);  // at once: it waits for no client
    pid_ = 0;
    RunProgram({"rm", "-rf", dir_.path() + "/socket"});
  }

  void StartPgBouncer(const std::string& pool_mode, const std::string& more = "") {
    const std::string config = dir_.path() + "/pgbouncer.ini";
    const std::string socket = dir_.path() + "/socket";
    const std::string users = dir_.path() + "/users";
    WriteFile(users, "\"signet\" \"\"\n");
    WriteFile(config, "[databases]\n* = host=" + postgres_->SocketDir() +
                          "\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = " + socket +
                          "\nauth_type = trust\nauth_file = " + users + "\npidfile = " + socket +
                          "/pid\nlogfile = " + socket + "/log\npool_mode = " + pool_mode + "\n" +
                          more);
    const std::string start =
        "mkdir '" + dir_.path() + "/socket'; run=; if [ $(id -u) = 0 ]; then chown postgres '" +
        dir_.path() + "/socket'; run='setpriv --reuid=postgres --regid=postgres --clear-groups'; " +
        "fi; cd /; exec $run /usr/sbin/pgbouncer -d '" + config + "'";
    const ProcessResult started = RunProgram({"bash", "-c", start});
    ASSERT_EQ(started.exit_code, 0) << started.err;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    const auto written = [](const std::string& file) {
      struct stat info {};
      return stat(file.c_str(), &info) == 0 && (S_ISSOCK(info.st_mode) || info.st_size > 0);
    };
    while (!written(socket + "/.s.PGSQL.6432") || !written(socket + "/pid")) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "PgBouncer did not start";
      std::this_thread::yield();
    }
    pid_ = std::stoi(ReadFile(socket + "/pid"));
  }

  // The connection string by way of PgBouncer.
  std::string Through() const {
    return "host=" + dir_.path() + "/socket port=6432" +
           connection_string_.substr(connection_string_.find(" user="));
  }

  TempDir dir_;
  pid_t pid_ = 0;
};

TEST_F(PoolerTest, SharedSessionsAreRefusedWithTheRemedy) {
  for (const std::string mode : {"transaction", "statement"}) {
    StartPgBouncer(mode);
    Connection connection(Through());
    const absl::Status refused = Migrate(connection, EmbeddedMigrations()).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << mode << ": " << refused;
    EXPECT_EQ(NeedOf(refused), Need::kSession);
    EXPECT_THAT(std::string(refused.message()), HasSubstr("pool_mode = session"));
    StopPgBouncer();
  }
}

TEST_F(PoolerTest, OneSharedSessionIsRefusedAsWell) {
  StartPgBouncer("transaction", "default_pool_size = 1\n");
  Connection connection(Through());
  const absl::Status refused = connection.EnsureOpen();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
}

TEST_F(PoolerTest, SessionsOfItsOwnWorkWithTheirTimeouts) {
  StartPgBouncer("session");
  sql_ = std::make_unique<Connection>(Through());
  EXPECT_EQ(Sql("SHOW statement_timeout"), "10s");
  EXPECT_EQ(Sql("SHOW lock_timeout"), "5s");
  connection_string_ = Through();
  StartBatcher(2);
  for (uint32_t counter = 1; counter <= 20; ++counter) {
    const Message instruction = Instruction({1, counter}, {.amount_minor = 100});
    const Outcome authorized = Submit(instruction);
    ASSERT_TRUE(authorized.status.ok()) << authorized.status;
    ASSERT_TRUE(Submit(Confirmation(instruction, authorized.answer.body)).status.ok());
  }
  StartBatcher(2);  // server connections are used again, with their settings reset
  EXPECT_TRUE(Submit(Instruction({1, 21})).status.ok());
  ExpectSoundBooks();
}

}  // namespace
}  // namespace signet::payment_platform
