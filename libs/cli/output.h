// Data on stdout, messages on stderr; text for people, or JSON for programs: one object a line.
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace signet::cli {

using Fields = std::vector<std::pair<std::string, std::string>>;
using Row = std::vector<std::string>;

class Output {
 public:
  struct Style {
    bool json = false;
    bool quiet = false;
    bool color = false;
  };
  Output(std::ostream& out, std::ostream& err, Style style) : out_(out), err_(err), style_(style) {}

  // A command's answer: Json for programs, the Record for people.
  void Result(const google::protobuf::Message& message, const Fields& extra, const Fields& record);

  // For programs only: the message as one line of protobuf JSON, with the extra members at its end.
  void Json(const google::protobuf::Message& message, const Fields& extra = {});
  // Where the output is JSON: serving::ErrorJson.
  void Error(const absl::Status& status);

  // For people only: "name  value" lines, aligned; columns as wide as their widest cell, the header
  // only with a table's first page; a line.
  void Record(const Fields& fields);
  void Table(const Row& header, const std::vector<Row>& rows, bool with_header = true);
  void Line(const std::string& text);

  // For the person at the terminal; not with --quiet.
  void Note(const std::string& text);
  // A step that is done, with the time it took.
  void Step(const std::string& text, std::chrono::steady_clock::duration took);
  // Shown even with --quiet: something is wrong, though the command succeeds.
  void Warning(const std::string& text);

  // What the command has done, "payment 00000001-0000002a is made": said on stderr where stdout
  // does not take the answer.
  void Done(const std::string& deed) { done_ = deed; }
  const std::string& done() const { return done_; }

  // Further members of every answer and error in JSON from now on.
  void Also(const Fields& members) { also_ = members; }

  bool json() const { return style_.json; }

 private:
  std::string Bold(const std::string& text) const;

  std::ostream& out_;
  std::ostream& err_;
  const Style style_;
  std::string done_;
  Fields also_;
};

// Colors are for terminals, and never against --no-color, NO_COLOR (no-color.org) or TERM=dumb.
bool WantsColor(bool no_color_flag, int fd);

// RFC 3339 in UTC; "-" for 0.
std::string ShowTime(int64_t unix_ms);

}  // namespace signet::cli
