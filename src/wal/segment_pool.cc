#include "wal/segment_pool.h"

#include <system_error>

#include "base/failpoint.h"
#include "base/mutant.h"
#include "model/layout.h"

namespace cfp::wal {

SegmentPool::SegmentPool(os::Directory& directory, os::Background& background, std::uint64_t segment_bytes,
                         std::uint64_t first_number)
    : directory_(directory), segment_bytes_(segment_bytes), next_number_(first_number) {
  task_ = background.start("cfp-segments", std::chrono::milliseconds(0), [this] {
    prepare();
    return std::chrono::hours(24);
  });
}

void SegmentPool::close() noexcept {
  task_.reset();
  if (!ready_) return;
  ready_.reset();
  remove_quietly(next_number_, model::kNewSuffix);
}

/// By number, not by name: a name takes memory, which may be what is short.
void SegmentPool::remove_quietly(std::uint64_t number, std::string_view suffix) noexcept {
  try {
    directory_.remove(model::segment_file(number) + std::string(suffix));
  } catch (...) {
    // The next open removes it.
  }
}

std::unique_ptr<os::File> SegmentPool::make(std::uint64_t number, bool filled) {
  const std::string name = model::segment_file(number) + std::string(model::kNewSuffix);
  std::unique_ptr<os::File> file;
  try {
    file = directory_.open(name, os::OpenMode::create);
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::file_exists) throw;
    // Left by an attempt that failed half-way: nothing under this suffix is of worth.
    directory_.remove(name);
    file = directory_.open(name, os::OpenMode::create);
  }
  try {
    file->allocate(segment_bytes_);
    if (filled) file->fill_with_zeros();
    file->sync();  // the conversion of the size is then not part of the first store's sync
  } catch (const std::system_error&) {
    file.reset();
    remove_quietly(number, model::kNewSuffix);  // half of it would only take space that is short
    throw;
  }
  return file;
}

void SegmentPool::prepare() noexcept {
  const std::lock_guard lock(mutex_);
  if (ready_) return;
  try {
    ready_ = make(next_number_, next_is_filled_);
  } catch (...) {
    // `take` tries again and reports.
  }
}

SegmentPool::Segment SegmentPool::take(bool next_is_filled) {
  const std::lock_guard lock(mutex_);
  if (!ready_) ready_ = make(next_number_, false);  // somebody waits
  const std::string name = model::segment_file(next_number_);
  CFP_FAILPOINT("wal.before_segment_rename");
  directory_.rename(name + std::string(model::kNewSuffix), name);
  CFP_FAILPOINT("wal.after_segment_rename");
  // Should the sync fail, nobody knows whether the name is durable: the number is given up with its empty file.
  Segment segment{std::move(ready_), next_number_++};
  next_is_filled_ = next_is_filled;
  task_->wake();
  try {
    if (!CFP_MUTANT("no_directory_sync")) directory_.sync();
  } catch (const std::system_error&) {
    remove_quietly(segment.number, "");
    throw;
  }
  return segment;
}

}  // namespace cfp::wal
