// Runs programs as a test's user would, and takes down what they print and how they end.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace signet::testing {

struct ProcessResult {
  int exit_code = -1;  // 128 + signal where a signal ended it
  std::string out;
  std::string err;
};

// What becomes of what a program writes.
enum class Sink { kKept, kDiskFull, kNobodyReads, kClosed };
struct Sinks {
  Sink out = Sink::kKept;
  Sink err = Sink::kKept;
};

// Runs to its end, with nothing on standard input. environment is added to the test's own.
ProcessResult RunProgram(const std::vector<std::string>& arguments,
                         const std::map<std::string, std::string>& environment = {},
                         const Sinks& sinks = {});

// The folder of the built programs, and of the sources.
std::string BinDir();
std::string SourceDir();

// A new folder under TMPDIR that every user may pass through (Postgres' own included). Removed with
// this object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& content);

}  // namespace signet::testing
