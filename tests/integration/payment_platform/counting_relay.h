// Stands between a client and Postgres, and counts how often the client has waited for an answer.
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>

#include "tests/support/process.h"

namespace signet::payment_platform {

class CountingRelay {
 public:
  explicit CountingRelay(const std::string& postgres_socket_dir);
  ~CountingRelay();

  // The connection string, by way of the relay. One connection.
  std::string Through(const std::string& connection_string) const;
  size_t round_trips() const { return round_trips_; }

 private:
  void Run();

  const std::string postgres_socket_dir_;
  const testing::TempDir dir_;
  int listener_ = -1;
  int stop_[2] = {-1, -1};
  std::atomic<size_t> round_trips_{0};
  std::thread thread_;
};

}  // namespace signet::payment_platform
