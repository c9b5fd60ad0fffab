#include "services/crypto/public_file.h"

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

}  // namespace signet::crypto
