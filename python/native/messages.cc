#include "messages.h"

namespace cfp::python {

void Messages::put(LogLevel level, std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  if (waiting_.size() >= kMost) {
    waiting_.pop_front();
    ++dropped_;
  }
  waiting_.emplace_back(level, text);
  changed_.notify_one();
}

std::optional<std::vector<Messages::Message>> Messages::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
  if (waiting_.empty()) return std::nullopt;
  std::vector<Message> taken;
  if (const std::uint64_t dropped = std::exchange(dropped_, 0)) {
    taken.emplace_back(LogLevel::warning, std::to_string(dropped) + " earlier messages were dropped");
  }
  taken.insert(taken.end(), std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
  waiting_.clear();
  return taken;
}

void Messages::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

}  // namespace cfp::python
