// A folder of a test's own, removed with this object.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace signet::hsm_agent {

class TempFolder {
 public:
  TempFolder() : path_((std::filesystem::temp_directory_path() / "signet-agent-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace signet::hsm_agent
