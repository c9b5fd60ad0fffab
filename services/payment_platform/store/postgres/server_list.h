// The servers that a connection string names, and which of them is in use. Thread-safe.
//
// All connections that share a list go to one server. One that finds that server unfit leaves it:
// then the others leave it too, before their next transaction.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace signet::payment_platform {

// libpq's keywords and values, of one server.
using ServerParameters = std::map<std::string, std::string>;

// Takes both forms, "host=a,b dbname=…" and "postgresql://a,b/…", and adds what is left out:
// timeouts for connecting and dead peers, the program's name. INVALID_ARGUMENT, with libpq's
// words, where libpq cannot read it. Connects to nothing.
absl::StatusOr<std::vector<ServerParameters>> ServersOf(const std::string& connection_string);

class ServerList {
 public:
  explicit ServerList(const std::string& connection_string);

  // OK, or why the connection string cannot be read.
  absl::Status status() const { return servers_.status(); }
  size_t size() const { return servers_->size(); }
  const ServerParameters& server(uint64_t choice) const { return (*servers_)[choice % size()]; }

  // It changes where the server in use was left.
  uint64_t choice() const { return choice_; }
  // Nothing happens where the choice has been left already.
  void Leave(uint64_t choice) { choice_.compare_exchange_strong(choice, choice + 1); }
  // The server of this choice answers and is fit, those of the choices before it are not.
  void Settle(uint64_t choice);

 private:
  const absl::StatusOr<std::vector<ServerParameters>> servers_;
  std::atomic<uint64_t> choice_{0};
};

}  // namespace signet::payment_platform
