// A throwaway Postgres cluster of a test's own, on a Unix socket in a folder of its own; as durable
// as a real one. Made by tools/dev/postgres.sh. Stopped and removed with this object, and by the
// kernel where the test dies.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "tests/support/process.h"

namespace signet::testing {

class TestPostgres {
 public:
  // On the main thread: the server ends with the thread that starts it.
  static absl::StatusOr<std::unique_ptr<TestPostgres>> Start();
  // A hot standby that streams from the primary.
  static absl::StatusOr<std::unique_ptr<TestPostgres>> StartStandby(const TestPostgres& primary);
  ~TestPostgres();
  TestPostgres(const TestPostgres&) = delete;
  TestPostgres& operator=(const TestPostgres&) = delete;

  // A fresh database's connection string.
  absl::StatusOr<std::string> CreateDatabase();

  // What psql prints as a superuser, its complaint on an error.
  std::string Query(const std::string& sql) const;
  std::string SocketDir() const { return dir_.path() + "/socket"; }

  // As a crash of the database's machine: every connection is lost.
  void Stop();
  absl::Status Restart();

 private:
  TestPostgres() = default;
  absl::Status Launch();

  TempDir dir_;
  pid_t server_ = -1;
  std::thread log_drain_;
  int databases_ = 0;
};

}  // namespace signet::testing
