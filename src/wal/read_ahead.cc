#include "wal/read_ahead.h"

#include <utility>

namespace cfp::wal {
namespace {

constexpr std::size_t kLinesPerChunk = 256;
constexpr std::size_t kMostChunks = 16;
constexpr std::size_t kSmallSegment = 256 * 1024;  // parsed before a thread has begun

}  // namespace

ReadAhead::ReadAhead(std::string bytes, os::Background* background, Reading reading)
    : reader_(std::move(bytes), reading) {
  if (background == nullptr || reader_.text_size() < kSmallSegment) return;
  task_ = background->start("cfp-read-ahead", std::chrono::milliseconds(0), [this] {
    fill();
    return os::kUntilWoken;
  });
}

std::string ReadAhead::take_bytes() && noexcept {
  task_.reset();  // it reads them
  return std::move(reader_).take_bytes();
}

ReadAhead::Step ReadAhead::next() {
  if (position_ == chunk_.size()) {
    if (!chunk_.empty() && chunk_.back().step == Step::end) return Step::end;
    chunk_ = take();
    position_ = 0;
  }
  const Parsed& parsed = chunk_[position_++];
  begin_ = parsed.begin;
  end_ = parsed.end;
  return parsed.step;
}

ReadAhead::Chunk ReadAhead::parse() {
  Chunk chunk;
  chunk.reserve(kLinesPerChunk);
  for (Step step = Step::line; chunk.size() < kLinesPerChunk && step != Step::end;) {
    step = reader_.next();
    chunk.push_back({step, reader_.begin_offset(), reader_.end_offset(), std::nullopt});
    if (step == Step::line) chunk.back().line = std::move(reader_.line());
  }
  return chunk;
}

ReadAhead::Chunk ReadAhead::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !ready_.empty() || failure_ || !is_parsing_; });
  if (!ready_.empty()) {
    Chunk chunk = std::move(ready_.front());
    ready_.pop_front();
    if (ready_.size() == kMostChunks / 2) task_->wake();
    return chunk;
  }
  if (failure_) std::rethrow_exception(failure_);
  is_parsing_ = true;
  lock.unlock();
  Chunk chunk;
  try {
    chunk = parse();
  } catch (...) {  // the walk has ended, for the step as well
    lock.lock();
    fail();
    throw;
  }
  lock.lock();
  is_parsing_ = false;
  is_at_end_ = chunk.back().step == Step::end;
  changed_.notify_one();
  return chunk;
}

void ReadAhead::fill() noexcept {
  std::unique_lock lock(mutex_);
  try {
    while (true) {
      changed_.wait(lock, [this] { return !is_parsing_; });
      if (is_at_end_ || failure_ || ready_.size() >= kMostChunks) return;
      is_parsing_ = true;
      lock.unlock();
      Chunk chunk = parse();
      lock.lock();
      is_at_end_ = chunk.back().step == Step::end;
      ready_.push_back(std::move(chunk));
      is_parsing_ = false;
      changed_.notify_one();
    }
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    fail();
  }
}

void ReadAhead::fail() noexcept {
  failure_ = std::current_exception();
  is_parsing_ = false;
  changed_.notify_one();
}

}  // namespace cfp::wal
