#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace signet::testing {
namespace {

// pipe: whose other end the test reads.
void Connect(int fd, int pipe, Sink sink) {
  std::array<int, 2> unread{};
  switch (sink) {
    case Sink::kKept:
      dup2(pipe, fd);
      break;
    case Sink::kDiskFull:
      dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), fd);
      break;
    case Sink::kNobodyReads:
      if (pipe2(unread.data(), O_CLOEXEC) != 0) _exit(127);
      dup2(unread[1], fd);
      close(unread[0]);
      break;
    case Sink::kClosed:
      close(fd);
      break;
  }
}

[[noreturn]] void ExecChild(const std::vector<std::string>& arguments,
                            const std::map<std::string, std::string>& environment, int out, int err,
                            const Sinks& sinks) {
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(null, STDIN_FILENO);
  Connect(STDOUT_FILENO, out, sinks.out);
  Connect(STDERR_FILENO, err, sinks.err);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  std::perror(argv[0]);
  _exit(127);
}

// Reads both pipes until both are closed.
void Drain(int out, int err, ProcessResult& result) {
  std::array<pollfd, 2> fds{pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  std::array<std::string*, 2> sinks{&result.out, &result.err};
  size_t open_count = fds.size();
  std::array<char, 4096> buffer{};
  while (open_count > 0) {
    if (poll(fds.data(), fds.size(), -1) < 0) continue;
    for (size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      const ssize_t got = read(fds[i].fd, buffer.data(), buffer.size());
      if (got > 0) {
        sinks[i]->append(buffer.data(), static_cast<size_t>(got));
      } else {
        close(fds[i].fd);
        fds[i].fd = -1;
        --open_count;
      }
    }
  }
}

}  // namespace

ProcessResult RunProgram(const std::vector<std::string>& arguments,
                         const std::map<std::string, std::string>& environment,
                         const Sinks& sinks) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("pipe2 failed");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) ExecChild(arguments, environment, out[1], err[1], sinks);
  close(out[1]);
  close(err[1]);
  ProcessResult result;
  Drain(out[0], err[0], result);
  int status = 0;
  waitpid(child, &status, 0);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

std::string BinDir() { return SIGNET_TEST_BIN_DIR; }
std::string SourceDir() { return SIGNET_TEST_SOURCE_DIR; }

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "signet-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
  path_ = pattern;
  chmod(path_.c_str(), 0711);
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace signet::testing
