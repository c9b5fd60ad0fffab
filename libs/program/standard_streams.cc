#include "libs/program/standard_streams.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/program/program.h"

namespace signet::serving {
namespace {

// The lowest descriptor that is free is the one that open() takes.
void KeepFromOthers(int fd) {
  if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) return;
  const int wrong_way = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
  if (open("/dev/null", wrong_way) != fd) std::abort();  // no /dev/null: nothing is safe
}

void KeepStandardDescriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) KeepFromOthers(fd);
}

// Before the constructors of shared libraries (System V gABI, "Initialization and Termination
// Functions"): gRPC's opens a descriptor there.
__attribute__((section(".preinit_array"),
               used)) void (*const keep_first)() = KeepStandardDescriptors;

absl::Status Unwritable(const std::string& why) {
  return absl::FailedPreconditionError(absl::StrCat("stdout cannot be written (", why, ")"));
}

}  // namespace

void PrepareStandardStreams() {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
}

absl::Status CheckStdout() {
  const int flags = fcntl(STDOUT_FILENO, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return Unwritable("it is closed");
  pollfd reader{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  if (poll(&reader, 1, 0) > 0 && (reader.revents & (POLLERR | POLLHUP)) != 0) {
    return Unwritable("nobody reads it");
  }
  return absl::OkStatus();
}

absl::Status FlushStdout(const std::string& done) {
  errno = 0;
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::cout && std::ferror(stdout) == 0) return absl::OkStatus();
  const std::string why = errno == 0 ? "" : absl::StrCat(" (", std::strerror(errno), ")");
  return WithExitCode(absl::DataLossError(absl::StrCat("done, but stdout did not take the answer",
                                                       why, done.empty() ? "" : "; ", done)),
                      ExitCode::kOutputLost);
}

absl::Status TellDone(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) std::cout << line << '\n';
  return FlushStdout(absl::StrJoin(lines, "; "));
}

}  // namespace signet::serving
