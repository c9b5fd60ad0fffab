#include "libs/files/whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace signet {
namespace {

constexpr mode_t kAnyOfOthers = 077;
constexpr mode_t kAllButGroupReads = 037;
constexpr size_t kChunkBytes = 4096;

std::string Named(std::string_view what, const std::string& path) {
  return absl::StrCat(std::string(what), " ", path);
}

// Of errno.
absl::Status CannotRead(const std::string& file) {
  const int error = errno;
  const std::string message = absl::StrCat("cannot read ", file, ": ", std::strerror(error),
                                           "; check its path, owner and mode");
  if (error == ENOENT || error == ENOTDIR) return absl::NotFoundError(message);
  if (error == EACCES || error == EPERM) return absl::PermissionDeniedError(message);
  return absl::FailedPreconditionError(message);
}

absl::Status CheckNobodyElseReads(const struct stat& info, const std::string& file,
                                  const std::string& path) {
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(file, " is not a plain file; name the file itself"));
  }
  const bool own = info.st_uid == geteuid();
  if (!own && info.st_uid != 0) {
    return absl::PermissionDeniedError(absl::StrCat(file, " belongs to another user (uid ",
                                                    info.st_uid,
                                                    "); it must belong to the program's own user"));
  }
  if ((info.st_mode & (own ? kAnyOfOthers : kAllButGroupReads)) == 0) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(
      file, " is open to its group or to others; run: chmod ", own ? "600 " : "640 ", path));
}

// bytes is wiped by the caller where it holds a secret, also after an error.
absl::Status Read(const std::string& file, const std::string& path, size_t max_bytes,
                  bool is_secret, std::string& bytes) {
  // Not to wait for a pipe's other end where a secret's plain file is needed.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | (is_secret ? O_NONBLOCK : 0));
  if (fd < 0) return CannotRead(file);
  const absl::Cleanup close_file = [fd] { close(fd); };
  struct stat info {};
  if (fstat(fd, &info) != 0) return CannotRead(file);
  if (S_ISDIR(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(file, " is a folder; name a file"));
  }
  if (is_secret) SIGNET_RETURN_IF_ERROR(CheckNobodyElseReads(info, file, path));
  // One byte more shows that it ends. Room at once: a string that grows leaves copies behind.
  bytes.reserve(max_bytes + 1);
  while (bytes.size() <= max_bytes) {
    const size_t before = bytes.size();
    bytes.resize(before + std::min(kChunkBytes, max_bytes + 1 - before));
    const ssize_t got = read(fd, bytes.data() + before, bytes.size() - before);
    bytes.resize(before + (got > 0 ? static_cast<size_t>(got) : 0));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return CannotRead(file);
    if (got == 0) return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      absl::StrCat(file, " is larger than ", max_bytes, " bytes; is it the right file?"));
}

}  // namespace

absl::StatusOr<std::string> ReadWholeFile(std::string_view what, const std::string& path,
                                          size_t max_bytes) {
  std::string bytes;
  SIGNET_RETURN_IF_ERROR(Read(Named(what, path), path, max_bytes, false, bytes));
  return bytes;
}

absl::StatusOr<Secret> ReadSecretFile(std::string_view what, const std::string& path,
                                      size_t max_bytes) {
  std::string bytes;
  const absl::Status status = Read(Named(what, path), path, max_bytes, true, bytes);
  Secret secret = Secret::TakeFrom(bytes);
  if (!status.ok()) return status;
  return secret;
}

absl::StatusOr<Secret> ReadSecretLine(std::string_view what, const std::string& path,
                                      size_t max_bytes) {
  constexpr size_t kLineEndBytes = 2;
  const absl::Status not_one_line = absl::InvalidArgumentError(absl::StrCat(
      Named(what, path), " must hold one line of 1 to ", max_bytes, " bytes, and no more"));
  const auto file = ReadSecretFile(what, path, max_bytes + kLineEndBytes);
  if (absl::IsResourceExhausted(file.status())) return not_one_line;
  SIGNET_RETURN_IF_ERROR(file.status());
  std::string_view line = file->reveal();
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.empty() || line.size() > max_bytes ||
      line.find_first_of(std::string_view("\n\r\0", 3)) != std::string_view::npos) {
    return not_one_line;
  }
  return Secret(line);
}

}  // namespace signet
