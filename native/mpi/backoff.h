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

/** To ask the clock takes as long as to look: it is asked each time after so many looks. */
constexpr int looks_of_a_clock = 8;

/** A moment in which something is looked for. It begins with the first looks; there is none of 0 microseconds or less. */
class Moment {
 public:
  explicit Moment(double microseconds) : nanoseconds_(static_cast<int64_t>(microseconds * 1000)) {}

  /** Asked after each look. */
  bool is_over() {
    if (nanoseconds_ <= 0) return true;
    looks_ += 1;
    if (looks_ % looks_of_a_clock != 0) return false;
    const int64_t now = nanoseconds();
    if (until_ == 0) until_ = now + nanoseconds_;
    return now >= until_;
  }

 private:
  int64_t nanoseconds_;
  int64_t until_ = 0;
  int looks_ = 0;
};

/**
 * Lets others run on this core. Where one did for long, it sleeps the next time: whoever wakes is given a core that is idle, if
 * there is one, while two ranks that yield to each other share theirs for many milliseconds.
 */
class Courtesy {
 public:
  void give_way() {
    if (crowded_) {
      crowded_ = false;
      const timespec moment = {0, 1};
      nanosleep(&moment, nullptr);
      return;
    }
    const int64_t began = nanoseconds();
    sched_yield();
    crowded_ = nanoseconds() - began > long_;
  }

 private:
  static constexpr int64_t long_ = 20000;
  bool crowded_ = false;
};

/** Spins, then lets others run, then sleeps longer and longer: up to one millisecond, and to two after a second. */
class Backoff {
 public:
  void pause() {
    if (sleep_ == 0) {
      looks_ += 1;
      if (looks_ % looks_of_a_clock != 0) return;
      const int64_t now = nanoseconds();
      if (began_ == 0) began_ = now;
      const int64_t waited = now - began_;
      if (waited < spin) return;
      if (waited < yield) {
        courtesy_.give_way();
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
  Courtesy courtesy_;
  int64_t began_ = 0;
  int64_t sleep_ = 0;
  int sleeps_ = 0;
  int looks_ = 0;
};

}  // namespace kgot
