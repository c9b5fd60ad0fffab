// The beginning and the end of a service.
#pragma once

#include <chrono>
#include <string>

#include "absl/status/status.h"

namespace signet::serving {

// Call first in main, before any thread is made: from then on SIGTERM and SIGINT wait for
// WaitForShutdown.
void BlockShutdownSignals();
// Returns when SIGTERM or SIGINT arrives.
void WaitForShutdown();
// The same, or false when the time is over.
bool WaitForShutdown(std::chrono::milliseconds timeout);

// Tells whoever started this program that it serves: writes the lines ("name=value\n" each) to a
// file, renamed into place, where path is not empty. A FIFO is written directly. The starter waits
// on it instead of guessing.
absl::Status AnnounceReady(const std::string& path, const std::string& lines);

}  // namespace signet::serving
