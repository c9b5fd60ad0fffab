#include "tests/bench/measure/realtime_thread.h"

#include <pthread.h>
#include <sched.h>

namespace signet::bench {

RealtimeThread::RealtimeThread() {
  sched_param lowest{};
  lowest.sched_priority = sched_get_priority_min(SCHED_FIFO);
  // Threads that it starts are ordinary ones.
  granted_ = pthread_setschedparam(pthread_self(), SCHED_FIFO | SCHED_RESET_ON_FORK, &lowest) == 0;
}

RealtimeThread::~RealtimeThread() {
  const sched_param none{};
  if (granted_) pthread_setschedparam(pthread_self(), SCHED_OTHER, &none);
}

}  // namespace signet::bench
