#include "tests/integration/gateway/gateway_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <sstream>
#include <stdexcept>

#include "tests/support/process.h"

extern char** environ;

namespace signet::testing {
namespace {

constexpr int kStartTimeoutMs = 30'000;

// What is written to the FIFO by whoever opens it next.
std::string ReadFifo(int fd) {
  pollfd readable{fd, POLLIN, 0};
  if (poll(&readable, 1, kStartTimeoutMs) != 1) throw std::runtime_error("nothing is served");
  std::string text;
  std::array<char, 1024> buffer{};
  ssize_t n = 0;
  while ((n = read(fd, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<size_t>(n));
  }
  return text;
}

}  // namespace

GatewayProcess::GatewayProcess(const std::string& folder, std::vector<std::string> arguments) {
  const std::string fifo = folder + "/ready";
  unlink(fifo.c_str());
  if (mkfifo(fifo.c_str(), 0600) != 0) throw std::runtime_error("mkfifo failed");
  const int fd = open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);

  const std::string program = BinDir() + "/signet-gateway";
  arguments.insert(arguments.begin(), program);
  arguments.insert(arguments.end(), {"--ready-file", fifo});
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  if (posix_spawn(&pid_, program.c_str(), nullptr, nullptr, argv.data(), environ) != 0) {
    close(fd);
    throw std::runtime_error("cannot start " + program);
  }
  std::istringstream lines(ReadFifo(fd));
  close(fd);
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find('=');
    addresses_[line.substr(0, equals)] = line.substr(equals + 1);
  }
}

GatewayProcess::~GatewayProcess() { Stop(); }

std::string GatewayProcess::Address(const std::string& name) const {
  const auto found = addresses_.find(name);
  return found == addresses_.end() ? "" : found->second;
}

int GatewayProcess::Stop() {
  if (pid_ < 0) return exit_code_;
  kill(pid_, SIGTERM);
  int status = 0;
  if (waitpid(pid_, &status, 0) == pid_) {
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  pid_ = -1;
  return exit_code_;
}

}  // namespace signet::testing
