// A throwaway Postgres cluster of a test's own, on a Unix socket in a folder of its own; as durable
// as a real one. Stopped and removed with this object, and by the kernel where the test dies.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "tests/support/process.h"

namespace signet::testing {

class TestPostgres {
 public:
  // settings: of postgresql.conf, in place of the defaults. On the main thread: the server ends
  // with the thread that starts it.
  static absl::StatusOr<std::unique_ptr<TestPostgres>> Start(
      std::map<std::string, std::string> settings = {});
  ~TestPostgres();
  TestPostgres(const TestPostgres&) = delete;
  TestPostgres& operator=(const TestPostgres&) = delete;

  // A fresh database's connection string.
  absl::StatusOr<std::string> CreateDatabase();

  // As a crash of the database's machine: every connection is lost.
  void Stop();
  absl::Status Restart();

 private:
  explicit TestPostgres(std::map<std::string, std::string> settings)
      : settings_(std::move(settings)) {}
  absl::Status Initialize();
  absl::Status Launch();

  const std::map<std::string, std::string> settings_;
  TempDir dir_;
  pid_t server_ = -1;
  std::thread log_drain_;
  int databases_ = 0;
};

}  // namespace signet::testing
