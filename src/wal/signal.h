#pragma once

#include <emmintrin.h>

#include <atomic>

namespace cfp::wal {

/// Is given once, by one thread to one other, who may be gone with it as soon as it is given: only its address is used
/// afterwards. (A semaphore of the standard library asks the kernel at each release, and yields at each look.)
class Signal {
 public:
  void give() noexcept {
    if (state_.exchange(State::given) == State::asleep) state_.notify_one();
  }
  /// `is_soon`: it comes within microseconds. To sleep and to be woken takes longer than to look for it.
  void wait(bool is_soon) noexcept {
    constexpr int kLooks = 1000;
    for (int i = 0; is_soon && i < kLooks; ++i) {
      if (state_ == State::given) return;
      _mm_pause();
    }
    State expected = State::none;
    if (state_.compare_exchange_strong(expected, State::asleep)) state_.wait(State::asleep);
  }

 private:
  enum class State : int { none, asleep, given };
  std::atomic<State> state_{State::none};
};

}  // namespace cfp::wal
