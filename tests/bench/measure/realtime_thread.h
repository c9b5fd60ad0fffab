// A thread that waits for no other one.
#pragma once

namespace signet::bench {

// While it lives, the calling thread, which makes and ends it, runs before all ordinary threads of
// the machine (SCHED_FIFO, sched(7)). Needs root or CAP_SYS_NICE; without them nothing changes.
class RealtimeThread {
 public:
  RealtimeThread();
  ~RealtimeThread();
  RealtimeThread(const RealtimeThread&) = delete;
  RealtimeThread& operator=(const RealtimeThread&) = delete;

  bool granted() const { return granted_; }

 private:
  bool granted_ = false;
};

}  // namespace signet::bench
