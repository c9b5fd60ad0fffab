#include "services/crypto/public_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace signet::crypto {

absl::StatusOr<std::string> ReadPublicFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

absl::Status CreatePublicFile(const std::string& path, std::string_view content) {
  const std::string temporary = absl::StrCat(path, ".", getpid(), ".new");
  {
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file << content;
    file.close();
    if (!file) {
      unlink(temporary.c_str());
      return absl::PermissionDeniedError(absl::StrCat(
          "cannot write ", path, "; check that its folder exists and may be written to"));
    }
  }
  // Unlike rename, link refuses to replace what is there.
  const int linked = link(temporary.c_str(), path.c_str());
  const int error = errno;
  unlink(temporary.c_str());
  if (linked == 0) return absl::OkStatus();
  if (error == EEXIST) return absl::AlreadyExistsError(absl::StrCat(path, " exists already"));
  return absl::InternalError(absl::StrCat("cannot create ", path, ": ", std::strerror(error)));
}

}  // namespace signet::crypto
