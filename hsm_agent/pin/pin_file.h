// A PIN kept in a file that only the agent's user can read.
#pragma once

#include <string>
#include <utility>

#include "hsm_agent/pin/pin_entry.h"

namespace signet::hsm_agent {

// One line, at most 64 bytes; the line's end is not part of it. PERMISSION_DENIED where another
// user owns the file or its group or others may use it; the message names the remedy.
absl::StatusOr<Secret> ReadPinFile(const std::string& path);

class PinFile final : public PinEntry {
 public:
  explicit PinFile(std::string path) : path_(std::move(path)) {}
  absl::StatusOr<Secret> Ask(const PinPrompt& prompt) override;
  // UNAUTHENTICATED from Ask from then on, until the file holds another PIN: five tries of the same
  // wrong one would block the token.
  void Refused(const Secret& pin) override;
  bool asks_a_person() const override { return false; }

 private:
  std::string path_;
  std::string refused_;  // SHA-256 of the PIN that was wrong last
};

}  // namespace signet::hsm_agent
