// A new file that only its owner can read, for an activation code.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"

namespace signet::operator_cli {

// Written before the code's device is registered, so that no device waits for a code that is lost.
// Removed with this object unless it is kept.
class CodeFile {
 public:
  // ALREADY_EXISTS, or another error that names the path and the remedy.
  static absl::StatusOr<CodeFile> Create(const std::string& path);
  CodeFile(CodeFile&& other) noexcept;
  CodeFile& operator=(CodeFile&&) = delete;
  ~CodeFile();

  // The text and a newline, on disk when this returns.
  absl::Status Write(const Secret& text);
  void Keep() { keep_ = true; }

 private:
  CodeFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  std::string path_;
  int fd_;
  bool keep_ = false;
};

}  // namespace signet::operator_cli
