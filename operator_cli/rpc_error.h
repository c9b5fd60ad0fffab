// What a failed call means to the operator: the cause, the remedy, and the program's exit code.
// Pure.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace signet::operator_cli {

struct CallFacts {
  std::string platform;        // the address
  bool connected = false;      // a connection existed, so the request may have been sent
  bool changes_data = false;   // the call may have changed something
  std::string how_to_look_up;  // the command that shows what became of it
};

// error: the call's status, not OK.
absl::Status ExplainCallError(const absl::Status& error, const CallFacts& facts);

}  // namespace signet::operator_cli
