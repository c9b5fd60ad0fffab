#include "hsm_agent/pin/pin_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/openssl/digest.h"
#include "libs/program/program.h"

namespace signet::hsm_agent {
namespace {

// The file is named by an option.
absl::Status NotFit(absl::StatusCode code, const std::string& message) {
  return serving::WithExitCode(absl::Status(code, message), serving::ExitCode::kUsage);
}

absl::Status CheckOwnerOnly(int fd, const std::string& path) {
  struct stat info {};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    return NotFit(absl::StatusCode::kFailedPrecondition,
                  absl::StrCat("the PIN file ", path, " is not a file; name the file itself"));
  }
  if (info.st_uid != geteuid()) {
    return NotFit(absl::StatusCode::kPermissionDenied,
                  absl::StrCat("the PIN file ", path, " belongs to another user (uid ", info.st_uid,
                               "); it must belong to the agent's own user"));
  }
  if ((info.st_mode & 077) != 0) {
    return NotFit(absl::StatusCode::kPermissionDenied,
                  absl::StrCat("the PIN file ", path,
                               " is open to its group or to others; run: chmod 600 ", path));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Secret> ReadPinFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return NotFit(absl::StatusCode::kFailedPrecondition,
                  absl::StrCat("cannot read the PIN file ", path, ": ", std::strerror(errno),
                               "; check its path, owner and mode"));
  }
  absl::Cleanup close_file = [fd] { close(fd); };
  SIGNET_RETURN_IF_ERROR(CheckOwnerOnly(fd, path));
  std::string bytes(kMaxPinBytes + 3, '\0');  // a line end, and one byte more to see that it ends
  const ssize_t got = read(fd, bytes.data(), bytes.size());
  bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
  if (!bytes.empty() && bytes.back() == '\n') bytes.pop_back();
  if (!bytes.empty() && bytes.back() == '\r') bytes.pop_back();
  Secret pin = Secret::TakeFrom(bytes);
  if (pin.empty() || pin.size() > kMaxPinBytes ||
      pin.reveal().find_first_of(std::string_view("\n\r\0", 3)) != std::string_view::npos) {
    return NotFit(absl::StatusCode::kFailedPrecondition,
                  absl::StrCat("the PIN file ", path, " must hold the PIN as one line of 1 to ",
                               kMaxPinBytes, " bytes"));
  }
  return pin;
}

absl::StatusOr<Secret> PinFile::Ask(const PinPrompt& /*prompt*/) {
  SIGNET_ASSIGN_OR_RETURN(Secret pin, ReadPinFile(path_));
  if (openssl::Sha256(pin.reveal()) != refused_) return pin;
  return absl::UnauthenticatedError(
      absl::StrCat("the PIN in ", path_,
                   " was wrong before and is not tried again; correct --pin-file ", path_));
}

void PinFile::Refused(const Secret& pin) { refused_ = openssl::Sha256(pin.reveal()); }

}  // namespace signet::hsm_agent
