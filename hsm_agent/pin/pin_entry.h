// Where the PIN comes from: a file of the agent's own (tests, servers) or a person (pinentry). It
// never comes through the agent's socket.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"

namespace signet::hsm_agent {

inline constexpr size_t kMaxPinBytes = 64;

// Whether nobody waits for the answer any more; may be empty.
using Abandoned = std::function<bool()>;

struct PinPrompt {
  std::string description;  // what is approved; UTF-8, lines separated by '\n'
  std::string error;        // why the PIN is asked for again; empty the first time
  uint32_t tries_left = 0;
  Abandoned abandoned;
};

// Used by one thread at a time.
class PinEntry {
 public:
  virtual ~PinEntry() = default;
  // CANCELLED where the person refused or did not answer in time; UNAUTHENTICATED where it has none
  // but one that was wrong before; PERMISSION_DENIED,
  // FAILED_PRECONDITION or INTERNAL, with the remedy, where the source is not fit for use.
  virtual absl::StatusOr<Secret> Ask(const PinPrompt& prompt) = 0;
  // The PIN that it gave was wrong.
  virtual void Refused(const Secret& /*pin*/) {}
  // Whether asking again can give another answer.
  virtual bool asks_a_person() const = 0;
};

}  // namespace signet::hsm_agent
