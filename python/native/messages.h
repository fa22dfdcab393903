#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cfp/config.h"

namespace cfp::python {

/// Messages of a store on their way to Python's logging. Threads of the store only put them here: a logging handler may
/// block, and may itself use the store. A Python thread takes them out.
/// Threads: any.
class Messages {
 public:
  using Message = std::pair<LogLevel, std::string>;

  /// Drops the oldest when nobody takes them.
  void put(LogLevel level, std::string_view text);
  /// Waits for at least one; nullopt once closed and empty. Call it without the interpreter's lock.
  std::optional<std::vector<Message>> take();
  void close();

 private:
  static constexpr std::size_t kMost = 10'000;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Message> waiting_;
  std::uint64_t dropped_ = 0;
  bool closed_ = false;
};

}  // namespace cfp::python
