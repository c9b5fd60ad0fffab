#include "tests/support/test_postgres.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <future>
#include <utility>

namespace signet::testing {

namespace {

constexpr char kReady[] = "database system is ready to accept ";

// Reads the server's log to its end, telling once whether it became ready.
void DrainLog(int log, std::promise<std::string> first) {
  FILE* file = fdopen(log, "r");
  char line[4096];
  std::string seen;
  bool told = false;
  while (fgets(line, sizeof line, file) != nullptr) {
    if (told) continue;
    seen += line;
    if (seen.find(kReady) == std::string::npos) continue;
    first.set_value("");
    told = true;
  }
  fclose(file);
  if (!told) first.set_value("postgres did not start: " + seen);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TestPostgres>> TestPostgres::Start() {
  auto postgres = std::unique_ptr<TestPostgres>(new TestPostgres);
  if (absl::Status status = postgres->Launch(); !status.ok()) return status;
  return postgres;
}

absl::StatusOr<std::unique_ptr<TestPostgres>> TestPostgres::StartStandby(
    const TestPostgres& primary) {
  auto standby = std::unique_ptr<TestPostgres>(new TestPostgres);
  const ProcessResult copied = RunProgram({SourceDir() + "/tools/dev/postgres.sh", "follow",
                                           standby->dir_.path(), primary.dir_.path()});
  if (copied.exit_code != 0) return absl::InternalError("no standby: " + copied.err);
  if (absl::Status status = standby->Launch(); !status.ok()) return status;
  return standby;
}

absl::Status TestPostgres::Launch() {
  const std::string script = SourceDir() + "/tools/dev/postgres.sh";
  int log[2];
  if (pipe2(log, O_CLOEXEC) != 0) return absl::InternalError("no pipe");
  server_ = fork();
  if (server_ == 0) {
    if (dup2(log[1], STDERR_FILENO) == STDERR_FILENO) {
      execl(script.c_str(), script.c_str(), "run", dir_.path().c_str(), nullptr);
    }
    _exit(127);
  }
  close(log[1]);
  std::promise<std::string> ready;
  std::future<std::string> problem = ready.get_future();
  log_drain_ = std::thread(DrainLog, log[0], std::move(ready));
  const std::string text = problem.get();
  if (text.empty()) return absl::OkStatus();
  Stop();
  return absl::InternalError(text);
}

absl::StatusOr<std::string> TestPostgres::CreateDatabase() {
  const std::string name = "test_" + std::to_string(++databases_);
  const ProcessResult result =
      RunProgram({"createdb", "-h", SocketDir(), "-U", "signet", "-T", "template0", name});
  if (result.exit_code != 0) return absl::InternalError("createdb failed: " + result.err);
  return "host=" + SocketDir() + " user=signet dbname=" + name;
}

std::string TestPostgres::Query(const std::string& sql) const {
  const ProcessResult result =
      RunProgram({"psql", "-XAtq", "-h", SocketDir(), "-U", "signet", "-d", "postgres", "-c", sql});
  if (result.exit_code != 0) return "psql: " + result.err;
  return result.out.substr(0, result.out.find_last_not_of('\n') + 1);
}

void TestPostgres::Stop() {
  if (server_ > 0) {
    kill(server_, SIGQUIT);  // immediate: as a crash
    waitpid(server_, nullptr, 0);
    server_ = -1;
  }
  if (log_drain_.joinable()) log_drain_.join();
}

absl::Status TestPostgres::Restart() {
  Stop();
  return Launch();
}

TestPostgres::~TestPostgres() { Stop(); }

}  // namespace signet::testing
