#include "operator_cli/code_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace signet::operator_cli {

absl::StatusOr<CodeFile> CodeFile::Create(const std::string& path) {
  const int fd =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd >= 0) return CodeFile(path, fd);
  if (errno == EEXIST) {
    return absl::AlreadyExistsError("--code-file " + path +
                                    " exists; name a new file, or remove that one");
  }
  return absl::FailedPreconditionError("--code-file " + path + " cannot be created (" +
                                       std::strerror(errno) +
                                       "); name a file in a folder that you may write to");
}

CodeFile::CodeFile(CodeFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), keep_(other.keep_) {}

CodeFile::~CodeFile() {
  if (fd_ < 0) return;
  if (!keep_) unlink(path_.c_str());
  close(fd_);
}

absl::Status CodeFile::Write(const Secret& text) {
  std::string line = std::string(text.reveal()) + "\n";
  std::string_view rest = line;
  bool ok = true;
  while (ok && !rest.empty()) {
    const ssize_t written = write(fd_, rest.data(), rest.size());
    ok = written > 0 || (written < 0 && errno == EINTR);
    if (written > 0) rest.remove_prefix(static_cast<size_t>(written));
  }
  ok = ok && fsync(fd_) == 0;
  const int error = errno;
  WipeString(line);
  if (!ok) {
    return absl::InternalError("--code-file " + path_ + " cannot be written (" +
                               std::strerror(error) +
                               "); nothing was registered; name a file on another disk");
  }
  return absl::OkStatus();
}

}  // namespace signet::operator_cli
