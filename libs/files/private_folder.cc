#include "libs/files/private_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/text.h"
#include "libs/files/whole_file.h"

namespace signet {
namespace {

constexpr size_t kMaxHolderBytes = 256;

std::string LockFile(const std::string& folder) { return absl::StrCat(folder, "/lock"); }

absl::Status NotFit(const std::string& message) { return absl::PermissionDeniedError(message); }

absl::Status Make(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).lexically_normal().parent_path();
  std::error_code error;
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error || (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)) {
    return NotFit(absl::StrCat("cannot make the folder ", path, ": ",
                               error ? error.message() : std::string(std::strerror(errno)),
                               "; name another, or check who may write there"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status EnsurePrivateFolder(const std::string& path) {
  if (path.empty()) return NotFit("the name of a folder is empty; give one");
  const absl::Status status = CheckPrivateFolder(path);
  if (!absl::IsNotFound(status)) return status;
  SIGNET_RETURN_IF_ERROR(Make(path));
  return CheckPrivateFolder(path);
}

absl::Status CheckPrivateFolder(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0) {
    const std::string message =
        absl::StrCat("cannot look at the folder ", path, ": ", std::strerror(errno));
    return errno == ENOENT ? absl::NotFoundError(message) : NotFit(message);
  }
  if (!S_ISDIR(info.st_mode)) {
    return NotFit(
        absl::StrCat(path, " is not a folder (links are not followed); name the folder itself"));
  }
  if (info.st_uid != geteuid()) {
    return NotFit(absl::StrCat("the folder ", path, " belongs to another user (uid ", info.st_uid,
                               "); use a folder of your own"));
  }
  if ((info.st_mode & 077) != 0) {
    return NotFit(absl::StrCat("the folder ", path,
                               " is open to its group or to others; run: chmod 700 ", path));
  }
  return absl::OkStatus();
}

absl::StatusOr<FolderLock> FolderLock::Take(const std::string& folder) {
  const std::string path = LockFile(folder);
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    return NotFit(absl::StrCat("cannot open ", path, ": ", std::strerror(errno),
                               "; check the folder's owner and mode"));
  }
  FolderLock lock(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(Described(HolderOf(folder)), " uses the folder ", folder));
  }
  // For people, and for who waits; without it the lock holds as well.
  const std::string holder = absl::StrCat(program_invocation_short_name, " ", getpid(), "\n");
  if (ftruncate(fd, 0) != 0 || pwrite(fd, holder.data(), holder.size(), 0) < 0) return lock;
  return lock;
}

FolderLock::Holder FolderLock::HolderOf(const std::string& folder) {
  const auto text = ReadWholeFile("the lock", LockFile(folder), kMaxHolderBytes);
  Holder holder;
  if (!text.ok()) return holder;
  std::istringstream words(*text);
  words >> holder.program >> holder.process;
  return holder;
}

std::string FolderLock::Described(const Holder& holder) {
  if (holder.program.empty()) return "another process";
  return absl::StrCat(Printable(holder.program), " (process ", holder.process, ")");
}

FolderLock::FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace signet
