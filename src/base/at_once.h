#pragma once

#include <functional>
#include <future>
#include <utility>

namespace cfp::base {

/// Calls both at the same time, the second by a thread of its own, and returns what they return. Where no thread is to
/// be had, one after the other. Throws what one of them throws, once both have ended.
template <class First, class Second>
auto at_once(const First& first, const Second& second) {
  auto others = std::async(std::launch::async | std::launch::deferred, std::cref(second));
  auto own = first();
  return std::pair(std::move(own), others.get());
}

}  // namespace cfp::base
