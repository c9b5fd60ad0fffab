// A PIN asked from a person by a pinentry program (GnuPG's, over the Assuan protocol).
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "hsm_agent/pin/pin_entry.h"

namespace signet::hsm_agent {

struct PinentryOptions {
  std::string program;   // "pinentry-curses", "/usr/bin/pinentry", …
  std::string tty_name;  // where a text pinentry shows itself; may be empty
  std::string tty_type;  // TERM
  std::string lc_ctype;  // the locale of its text
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
};

class Pinentry final : public PinEntry {
 public:
  explicit Pinentry(PinentryOptions options) : options_(std::move(options)) {}
  absl::StatusOr<Secret> Ask(const PinPrompt& prompt) override;
  bool asks_a_person() const override { return true; }

 private:
  PinentryOptions options_;
};

}  // namespace signet::hsm_agent
