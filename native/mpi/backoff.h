// Waiting that answers at once when something comes soon, and costs nothing when nothing comes.
#pragma once

#include <sched.h>
#include <time.h>

#include <cstdint>

namespace kgot {

inline int64_t nanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/** Spins, then lets others run, then sleeps longer and longer: up to one millisecond, and to two after a second. */
class Backoff {
 public:
  void pause() {
    if (sleep_ == 0) {
      const int64_t now = nanoseconds();
      if (began_ == 0) began_ = now;
      const int64_t waited = now - began_;
      if (waited < spin) return;
      if (waited < yield) {
        sched_yield();
        return;
      }
      sleep_ = shortest;
    }
    const timespec duration = {0, sleep_};
    nanosleep(&duration, nullptr);
    sleeps_ += 1;
    const int64_t longest = sleeps_ < 1000 ? 1000000 : 2000000;
    sleep_ += sleep_ / 4;
    if (sleep_ > longest) sleep_ = longest;
  }

 private:
  static constexpr int64_t spin = 20000;
  static constexpr int64_t yield = 200000;
  static constexpr int64_t shortest = 10000;
  int64_t began_ = 0;
  int64_t sleep_ = 0;
  int sleeps_ = 0;
};

}  // namespace kgot
