#include "tests/support/test_postgres.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <future>
#include <utility>
#include <vector>

namespace signet::testing {

namespace {

constexpr char kBin[] = "/usr/lib/postgresql/15/bin/";
constexpr char kReady[] = "database system is ready to accept connections";

// Postgres refuses to run as root: it gets the user that its package made.
const passwd* ServerUser() { return geteuid() == 0 ? getpwnam("postgres") : nullptr; }

bool BecomeServerUser() {
  const passwd* user = ServerUser();
  if (user == nullptr) return geteuid() != 0;
  return setgroups(0, nullptr) == 0 && setresgid(user->pw_gid, user->pw_gid, user->pw_gid) == 0 &&
         setresuid(user->pw_uid, user->pw_uid, user->pw_uid) == 0;
}

std::vector<std::string> AsServerUser(std::vector<std::string> arguments) {
  if (ServerUser() == nullptr) return arguments;
  std::vector<std::string> result = {"setpriv", "--reuid=postgres", "--regid=postgres",
                                     "--clear-groups"};
  result.insert(result.end(), arguments.begin(), arguments.end());
  return result;
}

// In the child. Does not return.
[[noreturn]] void ExecServer(const std::vector<std::string>& arguments, int log) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  if (BecomeServerUser() && prctl(PR_SET_PDEATHSIG, SIGQUIT) == 0 && dup2(log, 2) == 2) {
    execv(argv[0], argv.data());
  }
  _exit(127);
}

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

absl::StatusOr<std::unique_ptr<TestPostgres>> TestPostgres::Start(
    std::map<std::string, std::string> settings) {
  auto postgres = std::unique_ptr<TestPostgres>(new TestPostgres(std::move(settings)));
  if (absl::Status status = postgres->Initialize(); !status.ok()) return status;
  if (absl::Status status = postgres->Launch(); !status.ok()) return status;
  return postgres;
}

absl::Status TestPostgres::Initialize() {
  if (const passwd* user = ServerUser(); user != nullptr) {
    if (chown(dir_.path().c_str(), user->pw_uid, user->pw_gid) != 0) {
      return absl::InternalError("cannot give " + dir_.path() + " to postgres");
    }
  }
  const ProcessResult result =
      RunProgram(AsServerUser({std::string(kBin) + "initdb", "-D", dir_.path() + "/data", "-U",
                               "signet", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"}));
  if (result.exit_code == 0) return absl::OkStatus();
  return absl::InternalError("initdb failed: " + result.err);
}

absl::Status TestPostgres::Launch() {
  std::vector<std::string> arguments = {std::string(kBin) + "postgres",
                                        "-D",
                                        dir_.path() + "/data",
                                        "-k",
                                        dir_.path(),
                                        "-c",
                                        "listen_addresses=",
                                        "-c",
                                        "logging_collector=off",
                                        "-c",
                                        "log_destination=stderr"};
  for (const auto& [name, value] : settings_) {
    arguments.insert(arguments.end(), {"-c", name + "=" + value});
  }
  int log[2];
  if (pipe2(log, O_CLOEXEC) != 0) return absl::InternalError("no pipe");
  server_ = fork();
  if (server_ == 0) ExecServer(arguments, log[1]);
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
  const ProcessResult result = RunProgram(
      {std::string(kBin) + "createdb", "-h", dir_.path(), "-U", "signet", "-T", "template0", name});
  if (result.exit_code != 0) return absl::InternalError("createdb failed: " + result.err);
  return "host=" + dir_.path() + " user=signet dbname=" + name;
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
