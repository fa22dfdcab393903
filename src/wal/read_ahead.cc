#include "wal/read_ahead.h"

#include <algorithm>
#include <utility>

namespace cfp::wal {
namespace {

constexpr std::uint64_t kChunkBytes = 128 * 1024;  // and up to the end of a line
constexpr std::size_t kUsualLines = 256;           // of a chunk
constexpr std::size_t kMostChunks = 16;
constexpr std::size_t kSmallSegment = 256 * 1024;  // parsed before a thread has begun

}  // namespace

ReadAhead::ReadAhead(std::string bytes, os::Background* background, Reading reading)
    : bytes_(std::move(bytes)), text_(std::string_view(bytes_).substr(0, text_size(bytes_))), reading_(reading) {
  cut();
  if (background == nullptr || text_.size() < kSmallSegment) return;
  task_ = background->start("cfp-read-ahead", std::chrono::milliseconds(0), [this] {
    fill();
    return os::kUntilWoken;
  });
}

std::string ReadAhead::take_bytes() && noexcept {
  task_.reset();  // it reads them
  return std::move(bytes_);
}

ReadAhead::Step ReadAhead::next() {
  if (position_ == lines_.size() && !take()) {
    begin_ = end_;
    return Step::end;
  }
  const LinePlace& place = lines_[position_++];
  begin_ = place.begin;
  end_ = place.end;
  return place.step;
}

/// The next lines; false when there are none.
bool ReadAhead::take() {
  lines_.clear();
  position_ = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    if (failure_) std::rethrow_exception(failure_);
    cut();
    if (chunks_.empty()) return false;
    if (chunks_.front().state == Chunk::State::is_ready) break;
    Chunk* const chunk = first_that_waits();
    if (chunk != nullptr) {
      parse(*chunk, lock);
    } else {
      changed_.wait(lock);
    }
  }
  lines_ = std::move(chunks_.front().lines);
  chunks_.pop_front();
  cut();
  // A task that finds all parsed sleeps. It is woken for half of what there may be, so that this is rare.
  const auto waiting = std::ranges::count(chunks_, Chunk::State::waits, &Chunk::state);
  if (task_ && waiting == static_cast<std::ptrdiff_t>(kMostChunks / 2)) task_->wake();
  return true;
}

void ReadAhead::fill() noexcept {
  std::unique_lock lock(mutex_);
  while (Chunk* const chunk = failure_ ? nullptr : first_that_waits()) {
    parse(*chunk, lock);
    changed_.notify_one();
  }
}

void ReadAhead::cut() {
  while (cut_ < text_.size() && chunks_.size() < kMostChunks) {
    const std::size_t newline = text_.find('\n', cut_ + kChunkBytes);
    const std::uint64_t end = newline == std::string_view::npos ? text_.size() : newline + 1;
    chunks_.push_back({cut_, end, Chunk::State::waits, {}});
    cut_ = end;
  }
}

ReadAhead::Chunk* ReadAhead::first_that_waits() noexcept {
  const auto chunk = std::ranges::find(chunks_, Chunk::State::waits, &Chunk::state);
  return chunk == chunks_.end() ? nullptr : &*chunk;
}

void ReadAhead::parse(Chunk& chunk, std::unique_lock<std::mutex>& lock) noexcept {
  chunk.state = Chunk::State::in_work;
  lock.unlock();
  std::exception_ptr failure;
  try {
    const std::string_view text = text_.substr(0, chunk.end);
    chunk.lines.reserve(kUsualLines);
    for (std::uint64_t at = chunk.begin; at < chunk.end; at = chunk.lines.back().end) {
      chunk.lines.push_back(read_place(text, at, reading_));
    }
  } catch (...) {
    failure = std::current_exception();
  }
  lock.lock();
  chunk.state = Chunk::State::is_ready;
  if (failure) failure_ = failure;
}

}  // namespace cfp::wal
