#include "recovery/restored_log.h"

#include "base/failpoint.h"
#include "base/iso8601.h"
#include "cfp/timestamp.h"
#include "model/layout.h"

namespace cfp::recovery {

RestoredLog::RestoredLog(os::Directory& directory, Options options)
    : directory_(directory), options_(std::move(options)), last_(options_.after) {}

void RestoredLog::add(std::span<const model::Record> records) {
  const std::uint64_t first = records.front().sequence();
  // A jump must be declared by a header.
  if (segment_ && (first != last_ + 1 || segment_->text().size() >= options_.max_segment_bytes)) write_segment();
  if (!segment_) segment_.emplace(wal::SegmentHeader{1, options_.store_id, ++number_, last_, first}, crc_);
  for (const model::Record& record : records) {
    std::string updated_at;
    base::append_timestamp(updated_at,
                           Timestamp(Timestamp::Micros(std::chrono::microseconds(record.state->updated_at_us))));
    line_.clear();
    // All of it is on disk before anyone reads it: each line may say that the one before it is.
    wal::append_line(line_, wal::encode_line_start(record), record, updated_at, {last_, 0});
    segment_->add(line_);
    last_ = record.sequence();
  }
}

void RestoredLog::write_segment() {
  crc_ = segment_->last_crc();
  const auto file = directory_.open(model::segment_file(number_), os::OpenMode::create);
  file->write(0, segment_->text());
  file->sync();
  segment_.reset();
  CFP_FAILPOINT("restore.segment_written");
}

void RestoredLog::finish() {
  if (segment_) write_segment();
  directory_.sync();
}

}  // namespace cfp::recovery
