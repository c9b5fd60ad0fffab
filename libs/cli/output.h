// Data on stdout, messages on stderr; text for people or one JSON object for programs.
#pragma once

#include <chrono>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace signet::terminal {

using Fields = std::vector<std::pair<std::string, std::string>>;

class Output {
 public:
  struct Style {
    bool json = false;
    bool quiet = false;
    bool color = false;
  };
  Output(std::ostream& out, std::ostream& err, Style style) : out_(out), err_(err), style_(style) {}

  // The answer of a command: for programs the message as one line of protobuf JSON with the extra
  // members at its end, for people the record.
  void Result(const google::protobuf::Message& message, const Fields& extra, const Fields& record);
  // A table below a record, for people only.
  void Table(const std::vector<std::vector<std::string>>& rows);
  // {"error":{"code":"NOT_FOUND","message":"…","exitCode":7}}, where the output is JSON.
  void Error(const absl::Status& status);

  // For the person at the terminal; not with --quiet.
  void Note(const std::string& text);
  // A step that is done, with the time it took.
  void Step(const std::string& text, std::chrono::steady_clock::duration took);
  // Shown even with --quiet: something is wrong, though the command succeeds.
  void Warning(const std::string& text);

  bool json() const { return style_.json; }

 private:
  std::string Bold(const std::string& text) const;

  std::ostream& out_;
  std::ostream& err_;
  const Style style_;
};

// Colors are for terminals, and never against --no-color, NO_COLOR (no-color.org) or TERM=dumb.
bool WantsColor(bool no_color_flag, int fd);

}  // namespace signet::terminal
