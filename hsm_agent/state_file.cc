#include "hsm_agent/state_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/files/durable_file.h"
#include "libs/openssl/digest.h"

namespace signet::hsm_agent {
namespace {

constexpr std::string_view kMagic = "signet-agent-state/1\n";
constexpr size_t kHashBytes = 32;
constexpr size_t kMaxStateBytes = 1 << 20;

absl::Status SystemError(const std::string& what, const std::string& path) {
  return absl::InternalError(absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(errno)));
}

absl::Status Damaged(const std::string& path, const std::string& why) {
  return absl::DataLossError(absl::StrCat(
      "the agent's state ", path, " is damaged (", why,
      "); it is not reset, since it may hold an open payment. Restore the file from a backup, or "
      "enroll again with an empty state folder and a new token"));
}

absl::StatusOr<std::string> ReadAll(int fd, const std::string& path) {
  std::string bytes(kMaxStateBytes + 1, '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = read(fd, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("read", path);
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  if (size > kMaxStateBytes) return Damaged(path, "too large");
  bytes.resize(size);
  return bytes;
}

absl::StatusOr<device::v1::AgentState> Parse(const std::string& bytes, const std::string& path) {
  const std::string_view view(bytes);
  if (view.size() < kMagic.size() + kHashBytes || view.substr(0, kMagic.size()) != kMagic) {
    return Damaged(path, "not a state file of this version");
  }
  const std::string_view hash = view.substr(kMagic.size(), kHashBytes);
  const std::string_view content = view.substr(kMagic.size() + kHashBytes);
  if (openssl::Sha256(content) != hash) return Damaged(path, "its checksum does not fit");
  device::v1::AgentState state;
  if (!state.ParseFromArray(content.data(), static_cast<int>(content.size()))) {
    return Damaged(path, "its content cannot be read");
  }
  return state;
}

}  // namespace

absl::StatusOr<StateFile> StateFile::Open(const std::string& directory) {
  const std::string path = absl::StrCat(directory, "/state");
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && errno == ENOENT) return StateFile(directory, device::v1::AgentState());
  if (fd < 0) return SystemError("open", path);
  absl::Cleanup close_file = [fd] { close(fd); };
  SIGNET_ASSIGN_OR_RETURN(const std::string bytes, ReadAll(fd, path));
  SIGNET_ASSIGN_OR_RETURN(device::v1::AgentState state, Parse(bytes, path));
  return StateFile(directory, std::move(state));
}

absl::Status StateFile::Update(const std::function<void(device::v1::AgentState&)>& change) {
  if (unknown_) {
    return absl::InternalError(
        absl::StrCat("an earlier write of ", directory_,
                     "/state may or may not have reached the disk; restart the agent"));
  }
  device::v1::AgentState next = state_;
  change(next);
  const std::string content = next.SerializeAsString();
  if (content.size() > kMaxStateBytes - kMagic.size() - kHashBytes) {
    return absl::InternalError("the agent's state has grown too large");
  }
  const absl::Status written =
      WriteDurably(absl::StrCat(directory_, "/state"),
                   absl::StrCat(std::string(kMagic), openssl::Sha256(content), content), 0600);
  unknown_ = absl::IsAborted(written);
  if (!written.ok()) return written;
  state_ = std::move(next);
  return absl::OkStatus();
}

}  // namespace signet::hsm_agent
