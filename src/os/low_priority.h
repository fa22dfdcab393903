#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <type_traits>

namespace cfp::os {

/// Runs `work` on a thread that gets processor and disk when nobody else wants them, as do the threads that it starts,
/// and waits for it. A thread of its own, since the right to raise a priority again is root's alone.
void run_with_low_priority(const std::function<void()>& work);

/// The same with a result; throws what `work` throws.
template <class Work>
std::invoke_result_t<Work> with_low_priority(const Work& work) {
  std::optional<std::invoke_result_t<Work>> result;
  std::exception_ptr error;
  run_with_low_priority([&] {
    try {
      result.emplace(work());
    } catch (...) {
      error = std::current_exception();
    }
  });
  if (error) std::rethrow_exception(error);
  return *std::move(result);
}

}  // namespace cfp::os
