#include "tests/support/agent_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "libs/rpc/channel.h"
#include "tests/support/process.h"

namespace signet::hsm_agent {
namespace {

constexpr int kStartTimeoutMs = 60'000;

pid_t Spawn(const std::vector<std::string>& arguments,
            const std::map<std::string, std::string>& environment, const std::string& log) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::vector<std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!environment.contains(text.substr(0, text.find('=')))) variables.push_back(text);
  }
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> envp;
  envp.reserve(variables.size() + 1);
  for (std::string& variable : variables) envp.push_back(variable.data());
  envp.push_back(nullptr);
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const pid_t pid = fork();
  if (pid == 0) {  // only calls that are safe after a fork
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  close(out);
  return pid;
}

// Whether the FIFO got the agent's word before the agent ended.
bool AnnouncedBeforeEnd(int fifo, pid_t pid) {
  const int process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  std::array<pollfd, 2> wait{pollfd{fifo, POLLIN, 0}, pollfd{process, POLLIN, 0}};
  const int ready = poll(wait.data(), wait.size(), kStartTimeoutMs);
  close(process);
  return ready > 0 && (wait[0].revents & POLLIN) != 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AgentProcess>> AgentProcess::Start(
    const std::string& folder, const std::vector<std::string>& arguments,
    const std::map<std::string, std::string>& environment) {
  const std::string ready = folder + "/ready";
  unlink(ready.c_str());
  if (mkfifo(ready.c_str(), 0600) != 0) return absl::InternalError("mkfifo");
  const int fifo = open(ready.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  std::vector<std::string> command{testing::BinDir() + "/signet-agent",
                                   "run",
                                   "--state-dir",
                                   folder + "/state",
                                   "--socket-dir",
                                   folder + "/socket",
                                   "--ready-file",
                                   ready};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::unique_ptr<AgentProcess> agent(
      new AgentProcess(Spawn(command, environment, folder + "/log")));
  const bool announced = AnnouncedBeforeEnd(fifo, agent->pid_);
  close(fifo);
  if (!announced) {
    return absl::UnavailableError("the agent ended: " + testing::ReadFile(folder + "/log"));
  }
  agent->stub_ =
      device::v1::DeviceAgent::NewStub(rpc::ConnectUnixSocket(folder + "/socket/agent.sock"));
  return agent;
}

AgentProcess::~AgentProcess() { Kill(); }

int AgentProcess::Wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int AgentProcess::Stop() {
  kill(pid_, SIGTERM);
  return Wait();
}

void AgentProcess::Kill() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  Wait();
}

}  // namespace signet::hsm_agent
