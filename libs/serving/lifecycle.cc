#include "libs/serving/lifecycle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace signet::serving {
namespace {

sigset_t ShutdownSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

absl::Status FileError(const std::string& what, const std::string& path) {
  return absl::InternalError("cannot " + what + " the ready file " + path + ": " +
                             std::strerror(errno) + "; check --ready-file and its folder");
}

absl::Status WriteAll(int fd, const std::string& lines, const std::string& path) {
  size_t done = 0;
  while (done < lines.size()) {
    const ssize_t n = write(fd, lines.data() + done, lines.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FileError("write", path);
    done += static_cast<size_t>(n);
  }
  return absl::OkStatus();
}

absl::Status WriteFile(const std::string& path, int flags, const std::string& lines) {
  const int fd = open(path.c_str(), flags | O_WRONLY | O_CLOEXEC, 0644);
  if (fd < 0) return FileError("open", path);
  absl::Status status = WriteAll(fd, lines, path);
  if (close(fd) != 0 && status.ok()) status = FileError("close", path);
  return status;
}

}  // namespace

void BlockShutdownSignals() {
  const sigset_t signals = ShutdownSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void WaitForShutdown() {
  const sigset_t signals = ShutdownSignals();
  int signal = 0;
  while (sigwait(&signals, &signal) != 0) {
  }
}

bool WaitForShutdown(std::chrono::milliseconds timeout) {
  const sigset_t signals = ShutdownSignals();
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    constexpr int64_t kNanoseconds = 1'000'000'000;
    const timespec wait{left.count() / kNanoseconds, left.count() % kNanoseconds};
    if (sigtimedwait(&signals, nullptr, &wait) > 0) return true;
  }
}

absl::Status AnnounceReady(const std::string& path, const std::string& lines) {
  if (path.empty()) return absl::OkStatus();
  struct stat info {};
  const bool is_fifo = stat(path.c_str(), &info) == 0 && S_ISFIFO(info.st_mode);
  if (is_fifo) {
    // Without O_NONBLOCK a FIFO that nobody reads would hold the service up for ever.
    return WriteFile(path, O_NONBLOCK, lines);
  }
  const std::string temporary = path + ".new";
  if (absl::Status status = WriteFile(temporary, O_CREAT | O_TRUNC | O_NOFOLLOW, lines);
      !status.ok()) {
    return status;
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return FileError("rename", path);
  return absl::OkStatus();
}

}  // namespace signet::serving
