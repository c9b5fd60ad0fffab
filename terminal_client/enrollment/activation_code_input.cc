#include "terminal_client/enrollment/activation_code_input.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "libs/base/activation_code.h"
#include "libs/base/status.h"
#include "libs/program/program.h"
#include "terminal_client/failure.h"
#include "terminal_client/private_files.h"

namespace signet::terminal {
namespace {

constexpr size_t kMaxCodeBytes = 256;

// The person's terminal, without echo until destruction.
class QuietTerminal {
 public:
  explicit QuietTerminal(int fd) : fd_(fd), quiet_(tcgetattr(fd, &before_) == 0) {
    if (!quiet_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(fd_, TCSAFLUSH, &silent);
  }
  ~QuietTerminal() {
    if (quiet_) tcsetattr(fd_, TCSAFLUSH, &before_);
    close(fd_);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;

  void Say(std::string_view text) const {
    // Where the prompt cannot be shown, the answer cannot be read either.
    [[maybe_unused]] const ssize_t written = write(fd_, text.data(), text.size());
  }
  std::string ReadLine() const {
    std::string line;
    char c = 0;
    while (line.size() < kMaxCodeBytes) {
      const ssize_t got = read(fd_, &c, 1);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0 || c == '\n') break;
      line.push_back(c);
    }
    return line;
  }

 private:
  int fd_;
  termios before_{};
  bool quiet_;
};

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

absl::StatusOr<ActivationCode> CheckActivationCode(const Secret& typed) {
  const std::string_view text = Trimmed(typed.reveal());
  auto seed = ParseActivationCode(text);
  if (!seed.ok()) return UsageFailure(std::string(seed.status().message()));
  return ActivationCode{Secret(text), *std::move(seed)};
}

absl::StatusOr<ActivationCode> ReadActivationCodeFile(const std::string& path) {
  auto content = ReadWholeFile(path, kMaxCodeBytes);
  if (!content.ok()) {
    return serving::WithExitCode(Annotate(content.status(), "the activation code"),
                                 serving::ExitCode::kUsage);
  }
  return CheckActivationCode(Secret::TakeFrom(*content));
}

absl::StatusOr<ActivationCode> AskForActivationCode() {
  const int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    return UsageFailure(
        "the activation code is missing and there is no terminal to ask on; give --code-file");
  }
  const QuietTerminal terminal(fd);
  terminal.Say("Activation code (from the operator, not shown): ");
  std::string line = terminal.ReadLine();
  terminal.Say("\n");
  return CheckActivationCode(Secret::TakeFrom(line));
}

}  // namespace signet::terminal
