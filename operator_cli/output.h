// Data on stdout, messages on stderr; text for people or one JSON object a line for programs.
#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace signet::operator_cli {

using Fields = std::vector<std::pair<std::string, std::string>>;

class Output {
 public:
  struct Style {
    bool json = false;
    bool quiet = false;
    bool color = false;
  };
  Output(std::ostream& out, std::ostream& err, Style style) : out_(out), err_(err), style_(style) {}

  bool json() const { return style_.json; }

  // One line of protobuf JSON; extra members are added to the object's end.
  void Json(const google::protobuf::Message& message, const Fields& extra = {});
  // {"error":{"code":"NOT_FOUND","message":"…","exitCode":7}}, where the output is JSON.
  void Error(const absl::Status& status);

  // "name  value" lines, aligned.
  void Record(const Fields& fields);
  // Columns as wide as their widest cell; the header only with the first page.
  void Table(const std::vector<std::string>& header,
             const std::vector<std::vector<std::string>>& rows, bool with_header);
  void Line(const std::string& text);
  // For the person at the terminal; not with --quiet.
  void Note(const std::string& text);

 private:
  std::string Bold(const std::string& text) const;

  std::ostream& out_;
  std::ostream& err_;
  const Style style_;
};

// Colors are for terminals, and never against --no-color, NO_COLOR (no-color.org) or TERM=dumb.
bool WantsColor(bool no_color_flag, int fd);

// Text that came over the network, safe to print on a terminal: control characters become '?'.
std::string Printable(const std::string& text);
// RFC 3339 in UTC, "-" for 0.
std::string FormatTime(int64_t unix_ms);

}  // namespace signet::operator_cli
