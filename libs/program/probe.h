// Whether a program serves, asked from beside it: what a container's health check runs, so that an
// image needs neither shell nor curl.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace signet::serving {

// address: HOST:PORT of an admin port (whose /readyz is asked), or unix:PATH of the agent's socket
// (which must take a connection). UNAVAILABLE, with why not, after three seconds at most.
absl::Status ProbeReady(const std::string& address);

}  // namespace signet::serving
