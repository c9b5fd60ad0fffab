#include "libs/files/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace signet {
namespace {

// Of errno.
absl::Status Failed(const char* what, const std::string& path) {
  const int error = errno;
  const std::string message = absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(error));
  if (error == ENOENT) return absl::NotFoundError(message);
  if (error == EEXIST) return absl::AlreadyExistsError(message);
  if (error == EACCES || error == EPERM) return absl::PermissionDeniedError(message);
  return absl::InternalError(message);
}

// The file beside, whose name is completed where others may write theirs at the same time.
int OpenBeside(std::string& path, Existing existing) {
  if (existing == Existing::kReplace) {
    return open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  }
  path += ".XXXXXX";
  return mkostemp(path.data(), O_CLOEXEC);
}

absl::Status WriteAll(int fd, const std::string& path, std::string_view content, mode_t mode) {
  // Not by open(2): the umask may take bits away that another user's service needs.
  if (fchmod(fd, mode) != 0) return Failed("make", path);
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", path);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(fd) == 0 ? absl::OkStatus() : Failed("sync", path);
}

absl::Status MoveIntoPlace(const std::string& from, const std::string& path, Existing existing) {
  if (existing == Existing::kReplace) {
    return std::rename(from.c_str(), path.c_str()) == 0 ? absl::OkStatus()
                                                        : Failed("replace", path);
  }
  // Unlike rename(2), link(2) never replaces what is there.
  if (link(from.c_str(), path.c_str()) != 0) return Failed("make", path);
  unlink(from.c_str());
  return absl::OkStatus();
}

bool SyncFolderOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent;
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const absl::Cleanup close_folder = [fd] { close(fd); };
  return fsync(fd) == 0;
}

}  // namespace

absl::Status WriteDurably(const std::string& path, std::string_view content, mode_t mode,
                          Existing existing) {
  std::string beside = absl::StrCat(path, ".new");
  const int fd = OpenBeside(beside, existing);
  if (fd < 0) return Failed("make", beside);
  absl::Status status = WriteAll(fd, beside, content, mode);
  close(fd);
  if (status.ok()) status = MoveIntoPlace(beside, path, existing);
  if (!status.ok()) {
    unlink(beside.c_str());
    return status;
  }
  if (SyncFolderOf(path)) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat("cannot sync the folder of ", path, ": ",
                                         std::strerror(errno),
                                         "; the file is there, but a power cut may undo that"));
}

}  // namespace signet
