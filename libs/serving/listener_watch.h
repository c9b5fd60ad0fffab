// Ends a process that became deaf. gRPC 1.51 stops accepting for good on a listener whose accept(2)
// fails, above all for want of file descriptors, while its socket stays open: connections are made
// by the kernel and answered by nobody. So each listener is asked again and again by connecting to
// it; once it is silent, the process ends in order, for whoever runs it to start it anew. What a
// log says is never a reason to act: callers write into it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "libs/serving/metrics.h"
#include "libs/serving/own_listeners.h"
#include "libs/serving/periodic.h"

namespace signet::serving {

struct ListenerWatchOptions {
  std::chrono::milliseconds interval{5'000};
  // How long a listener may take to answer, and how often in a row it may not: a busy process is
  // late, a deaf one never answers.
  std::chrono::milliseconds answer_time{10'000};
  int silences = 3;
  // Called once, on the watch's thread. SIGTERM to this process where it is empty.
  std::function<void()> lost;
};

class ListenerWatch {
 public:
  // Asks each listener at once, then each interval. One that does not answer the first time is
  // logged and not watched (a firewall may stand between). The metrics, where given, must outlive
  // this object: signet_listener_checks_total.
  ListenerWatch(const std::vector<Listener>& listeners, Metrics* metrics,
                ListenerWatchOptions options = {});
  ~ListenerWatch();
  ListenerWatch(const ListenerWatch&) = delete;
  ListenerWatch& operator=(const ListenerWatch&) = delete;

 private:
  struct Watched {
    Listener listener;
    int silences = 0;
    std::map<ListenerAnswer, Counter*> checks;
  };
  // Two descriptors that are free for each question: one to ask from, one for the listener to
  // accept it. Otherwise the question itself might make a process deaf that has none left.
  class Reserve {
   public:
    Reserve() { Take(); }
    ~Reserve() { Release(); }
    void Take();
    void Release();

   private:
    std::vector<int> descriptors_;
  };

  ListenerAnswer Ask(const Watched& watched);
  void Turn();

  const ListenerWatchOptions options_;
  Reserve reserve_;
  std::vector<Watched> watched_;
  bool is_lost_ = false;
  Periodic periodic_;
};

}  // namespace signet::serving
