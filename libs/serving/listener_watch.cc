#include "libs/serving/listener_watch.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstddef>
#include <utility>

#include "absl/time/time.h"
#include "libs/program/log.h"

namespace signet::serving {
namespace {

constexpr size_t kReserve = 2;

Counter* CountChecks(Metrics& metrics, const std::string& listener, const char* result) {
  return &metrics.AddCounter("signet_listener_checks_total",
                             "Connections that the process made to its own listeners, by result; "
                             "it ends when one stays silent",
                             {{"listener", listener}, {"result", result}});
}

void EndThisProcess() { kill(getpid(), SIGTERM); }

}  // namespace

void ListenerWatch::Reserve::Take() {
  while (descriptors_.size() < kReserve) {
    const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    descriptors_.push_back(fd);
  }
}

void ListenerWatch::Reserve::Release() {
  for (const int fd : descriptors_) close(fd);
  descriptors_.clear();
}

ListenerWatch::ListenerWatch(const std::vector<Listener>& listeners, Metrics* metrics,
                             ListenerWatchOptions options)
    : options_(std::move(options)), periodic_(absl::FromChrono(options_.interval), [this] {
        Turn();
        return false;
      }) {
  for (const Listener& listener : listeners) {
    Watched watched{listener, 0, {}};
    if (metrics != nullptr) {
      watched.checks = {
          {ListenerAnswer::kAnswered, CountChecks(*metrics, listener.name, "answered")},
          {ListenerAnswer::kSilent, CountChecks(*metrics, listener.name, "silent")},
          {ListenerAnswer::kCannotAsk, CountChecks(*metrics, listener.name, "not_asked")}};
    }
    if (Ask(watched) == ListenerAnswer::kAnswered) {
      watched_.push_back(std::move(watched));
    } else {
      LogWarning("listener_not_watched",
                 {{"listener", listener.name},
                  {"next", std::string("let this process connect to its own listener")}});
    }
  }
  if (!watched_.empty()) periodic_.Start();
}

ListenerWatch::~ListenerWatch() { periodic_.Stop(); }

ListenerAnswer ListenerWatch::Ask(const Watched& watched) {
  reserve_.Release();
  const ListenerAnswer answer = AskListener(watched.listener, options_.answer_time);
  reserve_.Take();
  if (const auto counter = watched.checks.find(answer); counter != watched.checks.end()) {
    counter->second->Increment();
  }
  return answer;
}

void ListenerWatch::Turn() {
  for (Watched& watched : watched_) {
    if (is_lost_) return;
    const ListenerAnswer answer = Ask(watched);
    if (answer == ListenerAnswer::kAnswered) watched.silences = 0;
    if (answer != ListenerAnswer::kSilent || ++watched.silences < options_.silences) continue;
    is_lost_ = true;
    LogError("listener_lost", {{"listener", watched.listener.name},
                               {"next", std::string("ends, to be started anew")}});
    (options_.lost ? options_.lost : EndThisProcess)();
  }
}

}  // namespace signet::serving
