#include "hsm_agent/pin/child_process.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace signet::hsm_agent {
namespace {

constexpr int kEndTimeoutMs = 500;

// The agent blocks its shutdown signals; a child must not inherit that.
void UnblockSignals(posix_spawnattr_t& attributes) {
  sigset_t none;
  sigemptyset(&none);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

int Spawn(const std::string& program, int socket, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, socket, STDOUT_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  UnblockSignals(attributes);
  std::string name = program;
  std::array<char*, 2> arguments{name.data(), nullptr};
  const int error =
      posix_spawnp(&pid, program.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

bool EndsInTime(pid_t pid) {
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return false;
  pollfd ended{fd, POLLIN, 0};
  const bool in_time = poll(&ended, 1, kEndTimeoutMs) == 1;
  close(fd);
  return in_time;
}

}  // namespace

absl::Status ChildProcess::Check(const std::string& program) {
  const char* const path = std::getenv("PATH");
  const std::string folders = program.find('/') != std::string::npos ? "" : path ? path : "";
  for (const absl::string_view folder : absl::StrSplit(folders, ':')) {
    const std::string file = folder.empty() ? program : absl::StrCat(folder, "/", program);
    struct stat info {};
    if (stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    if (access(file.c_str(), X_OK) == 0) return absl::OkStatus();
  }
  return absl::NotFoundError(
      absl::StrCat("there is no program ", program,
                   " that may be run; install it (Debian: apt install pinentry-curses) or give "
                   "another with --pinentry"));
}

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(const std::string& program) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return absl::InternalError(absl::StrCat("cannot make a socket: ", std::strerror(errno)));
  }
  absl::Cleanup close_other_end = [&ends] { close(ends[1]); };
  pid_t pid = 0;
  if (const int error = Spawn(program, ends[1], pid); error != 0) {
    close(ends[0]);
    return absl::FailedPreconditionError(
        absl::StrCat("cannot start ", program, ": ", std::strerror(error),
                     "; install it, or name another with --pinentry"));
  }
  return std::unique_ptr<ChildProcess>(new ChildProcess(ends[0], pid));
}

ChildProcess::~ChildProcess() {
  close(socket_);
  if (!EndsInTime(pid_)) kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace signet::hsm_agent
