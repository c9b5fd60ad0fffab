#include "tests/support/stack.h"

#include <signal.h>

#include <sstream>
#include <stdexcept>

namespace signet::testing {
namespace {

void Must(const ProcessResult& result, const std::string& what) {
  if (result.exit_code != 0)
    throw std::runtime_error(what + " failed:\n" + result.out + result.err);
}

std::string Tool(const std::string& name) { return SourceDir() + "/tools/dev/" + name; }

}  // namespace

Stack::Stack(const std::map<std::string, std::string>& pinentry, int replicas)
    : dir_(temp_.path() + "/stack"), pinentry_(pinentry), replicas_(replicas) {
  Start();
}

Stack::~Stack() { RunProgram({Tool("stack.sh"), "wipe", dir_}); }

void Stack::Start() {
  std::vector<std::string> command{Tool("stack.sh"), "up", dir_};
  for (const auto& [device, program] : pinentry_) {
    command.emplace_back("--pinentry");
    command.push_back(device + "=" + program);
  }
  Must(RunProgram(command,
                  {{"SIGNET_BIN_DIR", BinDir()}, {"SIGNET_REPLICAS", std::to_string(replicas_)}}),
       "stack.sh up");
}

void Stack::Restart(const std::vector<std::string>& services) const {
  Services("restart", services);
}
void Stack::StartServices(const std::vector<std::string>& services) const {
  Services("start", services);
}
void Stack::Services(const std::string& verb, const std::vector<std::string>& services) const {
  std::vector<std::string> command{Tool("stack.sh"), verb, dir_};
  command.insert(command.end(), services.begin(), services.end());
  Must(RunProgram(command, {{"SIGNET_BIN_DIR", BinDir()}}), "stack.sh " + verb);
}

ProcessResult Stack::Terminal(const std::string& device, const std::vector<std::string>& arguments,
                              const Sinks& sinks) const {
  std::vector<std::string> command{dir_ + "/" + device};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return RunProgram(command, {}, sinks);
}

ProcessResult Stack::Operator(const std::vector<std::string>& arguments, const Sinks& sinks) const {
  return Terminal("signetctl", arguments, sinks);
}

ProcessResult Stack::Attack(const std::string& device,
                            const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{BinDir() + "/signet-attacker"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  command.insert(command.end(), {"--device", dir_ + "/devices/" + device, "--gateway",
                                 Address("GATEWAY"), "--server-ca", dir_ + "/pki/ca.pem"});
  return RunProgram(command);
}

std::string Stack::Address(const std::string& name) const {
  std::istringstream lines(ReadFile(dir_ + "/stack.env"));
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(name + "=", 0) == 0) return line.substr(name.size() + 1);
  }
  throw std::runtime_error("stack.env has no " + name);
}

void Stack::Kill(const std::string& process) const {
  const std::string file = dir_ + "/run/" + process + ".pid";
  const std::string pid = std::to_string(std::stol(ReadFile(file)));
  Must(RunProgram(
           {"bash", "-c", "kill -9 " + pid + " && timeout 10 tail --pid=" + pid + " -f /dev/null"}),
       "kill");
}

void Stack::StopPostgres() const {
  Must(RunProgram({Tool("postgres.sh"), "down", dir_ + "/postgres"}), "postgres.sh down");
}
void Stack::StartPostgres() const {
  Must(RunProgram({Tool("postgres.sh"), "up", dir_ + "/postgres"}), "postgres.sh up");
}

std::string Stack::Sql(const std::string& query) const {
  ProcessResult result = RunProgram({"psql", "-h", dir_ + "/postgres/socket", "-U", "signet", "-d",
                                     "signet", "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", query});
  Must(result, "psql");
  while (!result.out.empty() && result.out.back() == '\n') result.out.pop_back();
  return result.out;
}

}  // namespace signet::testing
