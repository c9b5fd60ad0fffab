// The lines of the Assuan protocol (libassuan manual, "Assuan"): what pinentry speaks. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/secret.h"

namespace signet::hsm_agent {

inline constexpr size_t kMaxAssuanLineBytes = 1000;  // without its end

// Percent-escapes '%' and every control character; UTF-8 passes.
std::string EscapeAssuan(std::string_view text);

// "VERB argument\n", the argument escaped. INVALID_ARGUMENT where the line would be too long.
absl::StatusOr<std::string> AssuanCommand(std::string_view verb, std::string_view argument);

struct AssuanReply {
  enum class Kind {
    kOk,
    kError,
    kData,
    kIgnored,  // status lines and comments
  };
  Kind kind = Kind::kIgnored;
  uint32_t error_code = 0;  // libgpg-error: source << 24 | code
  Secret data;              // decoded
};
// line: without its end. INTERNAL for a line that a pinentry must not send.
absl::StatusOr<AssuanReply> ParseAssuanReply(std::string_view line);

// libgpg-error's codes, without the source.
inline constexpr uint32_t kGpgErrorTimeout = 62;
inline constexpr uint32_t kGpgErrorCanceled = 99;
inline constexpr uint32_t kGpgErrorFullyCanceled = 198;
constexpr uint32_t GpgErrorCode(uint32_t error) { return error & 0xFFFF; }

// Cuts what arrives into lines, and wipes it.
class AssuanLines {
 public:
  AssuanLines() = default;
  ~AssuanLines();
  AssuanLines(const AssuanLines&) = delete;
  AssuanLines& operator=(const AssuanLines&) = delete;

  // INTERNAL where a line is longer than the protocol allows.
  absl::Status Append(std::string_view bytes);
  // The next whole line; none where it has not arrived yet.
  std::optional<Secret> Next();

 private:
  std::string buffer_;  // reserved once, so that no copy of a PIN is left behind
};

}  // namespace signet::hsm_agent
