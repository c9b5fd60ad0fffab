#include "hsm_agent/pin/pinentry.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hsm_agent/pin/assuan.h"
#include "hsm_agent/pin/child_process.h"
#include "libs/base/status.h"

namespace signet::hsm_agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kAbandonedCheckInterval(200);

// One conversation with one pinentry.
class Conversation {
 public:
  Conversation(int socket, const PinPrompt& prompt, milliseconds timeout)
      : socket_(socket), prompt_(prompt), deadline_(steady_clock::now() + timeout) {}

  struct Answer {
    uint32_t error_code = 0;  // 0: OK
    Secret data;
  };
  absl::StatusOr<Answer> Call(std::string_view verb, std::string_view argument);
  // Up to its OK or ERR.
  absl::StatusOr<Answer> ReadAnswer();
  absl::Status Send(std::string_view line) const;

 private:
  absl::Status WaitForInput() const;
  absl::StatusOr<Secret> ReadLine();

  int socket_;
  const PinPrompt& prompt_;
  steady_clock::time_point deadline_;
  AssuanLines lines_;
};

absl::Status Gone() {
  return absl::InternalError(
      "pinentry ended without an answer; see its messages, or name another "
      "one with --pinentry");
}

absl::Status Conversation::Send(std::string_view line) const {
  while (!line.empty()) {
    const ssize_t sent = send(socket_, line.data(), line.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return Gone();
    line.remove_prefix(static_cast<size_t>(sent));
  }
  return absl::OkStatus();
}

absl::Status Conversation::WaitForInput() const {
  while (true) {
    if (prompt_.abandoned && prompt_.abandoned()) {
      return absl::CancelledError("the caller left while the PIN was being asked for");
    }
    const auto left = std::chrono::duration_cast<milliseconds>(deadline_ - steady_clock::now());
    if (left.count() <= 0) return absl::CancelledError("no PIN was entered in time");
    pollfd input{socket_, POLLIN, 0};
    const int ready =
        poll(&input, 1, static_cast<int>(std::min(left, kAbandonedCheckInterval).count()));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return Gone();
  }
}

absl::StatusOr<Secret> Conversation::ReadLine() {
  while (true) {
    if (std::optional<Secret> line = lines_.Next()) return *std::move(line);
    SIGNET_RETURN_IF_ERROR(WaitForInput());
    std::string bytes(kMaxAssuanLineBytes, '\0');
    const ssize_t got = recv(socket_, bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    const absl::Status appended =
        got <= 0 ? Gone()
                 : lines_.Append(std::string_view(bytes).substr(0, static_cast<size_t>(got)));
    WipeString(bytes);
    SIGNET_RETURN_IF_ERROR(appended);
  }
}

absl::StatusOr<Conversation::Answer> Conversation::ReadAnswer() {
  Answer answer;
  while (true) {
    SIGNET_ASSIGN_OR_RETURN(const Secret line, ReadLine());
    SIGNET_ASSIGN_OR_RETURN(AssuanReply reply, ParseAssuanReply(line.reveal()));
    switch (reply.kind) {
      case AssuanReply::Kind::kOk:
        return answer;
      case AssuanReply::Kind::kError:
        if (reply.error_code == 0) return absl::InternalError("pinentry reported error 0");
        answer.error_code = reply.error_code;
        return answer;
      case AssuanReply::Kind::kData: {
        if (answer.data.size() + reply.data.size() > kMaxPinBytes) {
          return absl::InvalidArgumentError(
              absl::StrCat("the PIN is longer than ", kMaxPinBytes, " bytes"));
        }
        std::string joined;
        joined.reserve(kMaxPinBytes);
        joined.append(answer.data.reveal()).append(reply.data.reveal());
        answer.data = Secret::TakeFrom(joined);
        break;
      }
      case AssuanReply::Kind::kIgnored:
        break;
    }
  }
}

absl::StatusOr<Conversation::Answer> Conversation::Call(std::string_view verb,
                                                        std::string_view argument) {
  SIGNET_ASSIGN_OR_RETURN(const std::string line, AssuanCommand(verb, argument));
  SIGNET_RETURN_IF_ERROR(Send(line));
  return ReadAnswer();
}

struct Setting {
  std::string verb;
  std::string argument;
  bool required;  // an older pinentry may refuse what is only comfort
};

std::vector<Setting> Settings(const PinentryOptions& options, const PinPrompt& prompt) {
  std::vector<Setting> settings;
  if (!options.tty_name.empty()) {
    settings.push_back({"OPTION", absl::StrCat("ttyname=", options.tty_name), false});
  }
  if (!options.tty_type.empty()) {
    settings.push_back({"OPTION", absl::StrCat("ttytype=", options.tty_type), false});
  }
  if (!options.lc_ctype.empty()) {
    settings.push_back({"OPTION", absl::StrCat("lc-ctype=", options.lc_ctype), false});
  }
  settings.push_back({"SETTITLE", "Signet", false});
  settings.push_back({"SETDESC",
                      absl::StrCat(prompt.description, "\n\nPIN tries left: ", prompt.tries_left),
                      true});
  settings.push_back({"SETPROMPT", "PIN:", true});
  if (!prompt.error.empty()) settings.push_back({"SETERROR", prompt.error, false});
  return settings;
}

absl::StatusOr<Secret> ToPin(Conversation::Answer answer) {
  switch (GpgErrorCode(answer.error_code)) {
    case 0:
      break;
    case kGpgErrorCanceled:
    case kGpgErrorFullyCanceled:
      return absl::CancelledError("refused at the PIN prompt");
    case kGpgErrorTimeout:
      return absl::CancelledError("no PIN was entered in time");
    default:
      return absl::InternalError(
          absl::StrCat("pinentry failed with error ", answer.error_code,
                       "; a text pinentry needs a terminal (--pinentry-tty)"));
  }
  if (answer.data.empty()) return absl::CancelledError("no PIN was entered");
  return std::move(answer.data);
}

}  // namespace

absl::StatusOr<Secret> Pinentry::Ask(const PinPrompt& prompt) {
  SIGNET_ASSIGN_OR_RETURN(const std::unique_ptr<ChildProcess> child,
                          ChildProcess::Start(options_.program));
  Conversation conversation(child->socket(), prompt, options_.timeout);
  SIGNET_ASSIGN_OR_RETURN(const Conversation::Answer greeting, conversation.ReadAnswer());
  if (greeting.error_code != 0) return ToPin(greeting);
  for (const Setting& setting : Settings(options_, prompt)) {
    SIGNET_ASSIGN_OR_RETURN(const Conversation::Answer set,
                            conversation.Call(setting.verb, setting.argument));
    if (set.error_code != 0 && setting.required) {
      return absl::InternalError(
          absl::StrCat("pinentry refused ", setting.verb, " with error ", set.error_code));
    }
  }
  SIGNET_ASSIGN_OR_RETURN(Conversation::Answer answer, conversation.Call("GETPIN", ""));
  absl::StatusOr<Secret> pin = ToPin(std::move(answer));
  conversation.Send("BYE\n").IgnoreError();
  return pin;
}

}  // namespace signet::hsm_agent
