#include "wal/segment_writer.h"

#include <algorithm>
#include <system_error>

#include "base/failpoint.h"
#include "base/iso8601.h"
#include "base/mutant.h"
#include "cfp/error.h"
#include "wal/line.h"

namespace cfp::wal {
namespace {

bool is_out_of_space(const std::error_code& code) {
  return code == std::errc::no_space_on_device || code == std::errc::file_too_large || code.value() == EDQUOT;
}

CollectionFastPersistError not_stored(const std::system_error& error) {
  if (is_out_of_space(error.code())) {
    return {ErrorCode::disk_full, "Not stored: no space for the log (" + error.code().message() +
                                      "). Nothing was lost; free some space and store again."};
  }
  return {ErrorCode::io, "Not stored: the log cannot be written (" + error.code().message() +
                             "). Nothing was lost; look after the disk and store again."};
}

std::string iso_text(std::int64_t micros) {
  std::string text;
  base::append_timestamp(text, Timestamp(Timestamp::Micros(std::chrono::microseconds(micros))));
  return text;
}

}  // namespace

SegmentWriter::SegmentWriter(os::Directory& directory, os::Background& background, os::Clock& clock,
                             std::string store_id, std::uint64_t max_segment_bytes, const LogPosition& start)
    : clock_(clock),
      store_id_(std::move(store_id)),
      max_segment_bytes_(max_segment_bytes),
      pool_(directory, background, max_segment_bytes, start.next_segment),
      tip_{start.last_sequence, start.next_sequence, start.last_crc, start.last_updated_at_us},
      synced_sequence_(start.last_sequence),
      seen_last_(start.last_sequence) {}

void SegmentWriter::write(std::span<const LineBatch> group, bool syncs) {
  if (failed_) refuse();
  const Tip before = tip_;
  buffer_.clear();
  try {
    if (!group.empty()) append(group, syncs);
    if (syncs) sync();
  } catch (const std::system_error& error) {
    tip_ = before;
    throw not_stored(error);
  } catch (...) {
    tip_ = before;
    throw;
  }
  std::size_t records = 0;
  for (const LineBatch& batch : group) records += batch.records.size();
  used_ += buffer_.size();
  seen_last_ = tip_.last_sequence;
  seen_bytes_ = used_;
  seen_records_ += records;
  written_ += buffer_.size();
}

void SegmentWriter::append(std::span<const LineBatch> group, bool syncs) {
  rotate_if_full();
  number(group);
  format(group);
  try {
    CFP_FAILPOINT("wal.before_write");
    is_written_ahead_ = is_written_ahead_ || !syncs;
    if (is_written_ahead_) {
      active_.file->write(used_, buffer_);
    } else {
      active_.file->write_through(used_, buffer_);
    }
    CFP_FAILPOINT("wal.after_write");
  } catch (const std::system_error& error) {
    take_back(error.code());
    throw;
  } catch (...) {  // no memory to say what the error was
    take_back({});
    throw;
  }
}

void SegmentWriter::rotate_if_full() {
  if (active_.file && used_ < max_segment_bytes_) return;
  sync();  // what comes in the next one must not outlive what is in this one
  seal();
  try {
    active_ = pool_.take(active_.file && !is_written_ahead_);
  } catch (const std::system_error&) {
    // No file to be had (descriptors, space): the segment at hand grows on. Without one the caller hears of it.
    if (!active_.file) throw;
    return;
  }
  used_ = 0;
  is_written_ahead_ = false;
  seen_segment_ = active_.number;
  seen_bytes_ = 0;
  seen_records_ = 0;
  ++made_;
}

void SegmentWriter::number(std::span<const LineBatch> group) {
  tip_.updated_at_us = std::max(tip_.updated_at_us, clock_.now().time_since_epoch().count());
  if (CFP_MUTANT("follow_a_clock_that_goes_back")) tip_.updated_at_us = clock_.now().time_since_epoch().count();
  for (const LineBatch& batch : group) {
    const std::uint64_t first = tip_.next_sequence;
    for (model::Record& record : batch.records) {
      record.state->sequence = tip_.next_sequence++;
      record.state->updated_at_us = tip_.updated_at_us;
      if (batch.atomic) record.batch.first = first;
    }
    if (batch.atomic) batch.records.back().batch.count = static_cast<std::uint32_t>(batch.records.size());
  }
}

void SegmentWriter::format(std::span<const LineBatch> group) {
  Chain chain{synced_sequence_, tip_.crc};
  if (used_ == 0) {
    const SegmentHeader header{1, store_id_, active_.number, tip_.last_sequence,
                               group.front().records.front().sequence()};
    chain.previous_crc = append_header(buffer_, header, chain);
  }
  const std::string updated_at = iso_text(tip_.updated_at_us);
  for (const LineBatch& batch : group) {
    for (std::size_t i = 0; i < batch.records.size(); ++i) {
      chain.previous_crc = append_line(buffer_, batch.line_starts[i], batch.records[i], updated_at, chain);
    }
  }
  tip_.crc = chain.previous_crc;
  tip_.last_sequence = tip_.next_sequence - 1;
}

void SegmentWriter::sync() {
  if (synced_sequence_ == tip_.last_sequence || CFP_MUTANT("acknowledge_before_sync")) return;
  const auto begin = clock_.steady_now();
  try {
    active_.file->sync();
  } catch (const std::system_error& error) {
    if (!CFP_MUTANT("retry_a_failed_sync")) latch(error.code());
    active_.file->sync();
  } catch (...) {
    failed_ = true;  // it failed all the same; there was no memory to say of what
    throw;
  }
  CFP_FAILPOINT("wal.after_sync");
  synced_sequence_ = tip_.last_sequence;
  sync_times_.add(clock_.steady_now() - begin);
}

void SegmentWriter::take_back(const std::error_code& cause) {
  // Part of the group may be there. Once it is cut off for certain, it never was.
  try {
    active_.file->truncate(used_);
    active_.file->sync();
  } catch (const std::system_error& second) {
    failed_ = true;
    latch(cause, ", then " + second.code().message());
  } catch (...) {
    failed_ = true;
    throw;
  }
}

void SegmentWriter::latch(const std::error_code& cause, const std::string& then) {
  failed_ = true;
  failure_ = cause.message() + then;
  refuse();
}

void SegmentWriter::refuse() const {
  throw CollectionFastPersistError(
      ErrorCode::failed, "The log could not be synced (" +
                             (failure_.empty() ? "no memory was left to say why" : failure_) +
                             "); whether the last records were stored is known after the next open. Writes are refused "
                             "until then, reads go on. Look after the disk, then open the store again.");
}

void SegmentWriter::seal() noexcept {
  if (!active_.file || failed_) return;
  try {
    active_.file->truncate(used_);
  } catch (...) {
    // The zero bytes stay; readers know them.
  }
}

void SegmentWriter::close() noexcept {
  seal();
  pool_.close();
  active_.file.reset();
}

SegmentWriter::Numbers SegmentWriter::numbers() const noexcept {
  return {seen_last_, synced_sequence_, seen_segment_, seen_bytes_, seen_records_, made_, written_};
}

}  // namespace cfp::wal
