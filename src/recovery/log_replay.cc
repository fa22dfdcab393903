#include "recovery/log_replay.h"

#include <algorithm>

#include "base/mutant.h"
#include "cfp/error.h"
#include "recovery/log_evidence.h"
#include "recovery/torn_tail.h"

namespace cfp::recovery {

using Step = wal::SegmentReader::Step;

namespace {

std::string read_bytes(const SegmentFile& segment, std::string buffer = {}) {
  return wal::read_all(*segment.directory->open(segment.name, os::OpenMode::read), std::move(buffer));
}

wal::SegmentReader open_reader(const SegmentFile& segment) { return wal::SegmentReader(read_bytes(segment)); }

}  // namespace

LogReplay::LogReplay(LogInventory& inventory, std::string store_id, std::uint64_t watermark, ReplaySink sink,
                     Report report, os::Background* background)
    : inventory_(inventory),
      store_id_(std::move(store_id)),
      watermark_(watermark),
      sink_(std::move(sink)),
      report_(std::move(report)),
      background_(background) {}

ReplayResult LogReplay::run() {
  read();
  settle();
  return result_;
}

ReplayResult LogReplay::preview() {
  changes_files_ = false;
  return read();
}

ReplayResult LogReplay::reach() {
  changes_files_ = false;
  reading_ = wal::Reading::place;
  return read();
}

ReplayResult LogReplay::read() {
  leave_other_stores(inventory_, store_id_, report_);
  highest_seen_ = std::max(watermark_, inventory_.highest_set_aside_sequence);
  bool goes_on = true;
  for (std::size_t at = first_needed(); goes_on && at < inventory_.segments.size(); ++at) goes_on = read_segment(at);
  judge_headless();
  result_.position.last_sequence = std::max(last_, watermark_);
  result_.position.last_crc = crc_;
  result_.position.next_sequence = (CFP_MUTANT("give_a_number_twice") ? last_ : std::max(highest_seen_, last_)) + 1;
  return result_;
}

/// Segments whose last record the table has need not be read: a later header says what that is. Of several with the
/// same `after` (copies, or one without a record) the first may be the one with the records.
std::size_t LogReplay::first_needed() const {
  const auto after = [this](std::size_t i) { return inventory_.segments[i].header.header->after; };
  std::size_t at = 0;
  for (std::size_t i = 1; i < inventory_.segments.size() && after(i) <= watermark_; ++i) {
    if (after(i) > after(at)) at = i;
  }
  return at;
}

void LogReplay::look(const wal::Line& line) {
  if (line.header) {
    highest_seen_ = std::max(highest_seen_, line.header->first);  // given to a record that may be torn
    return;
  }
  highest_seen_ = std::max(highest_seen_, line.record.sequence());
  result_.position.last_updated_at_us = std::max(result_.position.last_updated_at_us, line.record.state->updated_at_us);
}

void LogReplay::begin_segment(const SegmentFile& segment) {
  const wal::SegmentHeader& header = *segment.header.header;
  const bool is_first = good_end_.segment == nullptr;
  if (header.format > 1) {
    throw CollectionFastPersistError(ErrorCode::newer_version,
                                     segment.path() + " has format " + std::to_string(header.format) +
                                         ", written by a newer version; open the store with that version.");
  }
  if (header.after > (is_first ? watermark_ : std::max(last_, watermark_))) {
    refuse({&segment, 0}, std::max(is_first ? 0 : last_, watermark_) + 1, header.after, true);
  }
  if (!is_first && header.after < last_) {
    report_(LogLevel::warning, segment.path() + " repeats records that an earlier segment has");
    return;
  }
  last_ = header.after;
  crc_ = segment.header.chain.previous_crc;
}

bool LogReplay::read_segment(std::size_t at) {
  const SegmentFile& segment = inventory_.segments[at];
  begin_segment(segment);
  std::string buffer = reader_ ? std::move(*reader_).take_bytes() : std::string();
  reader_.emplace(read_bytes(segment, std::move(buffer)), background_, reading_);
  good_end_ = {&segment, 0};
  group_begin_ = 0;
  group_synced_ = segment.header.chain.synced;
  bool is_first_record = true;
  for (Step step = reader_->next(); step != Step::end; step = reader_->next()) {
    const std::uint64_t offset = reader_->begin_offset();
    const bool good = step == Step::line && accept(reader_->line(), segment, offset, is_first_record);
    if (!good) {
      const bool in_batch = !batch_.empty();
      if (!resume_or_stop(at, in_batch ? batch_begin_ : Place{&segment, offset})) return false;
      is_first_record = false;
      continue;
    }
    good_end_.offset = reader_->end_offset();
    if (!reader_->line().header) is_first_record = false;
  }
  if (!batch_.empty()) return resume_or_stop(at, batch_begin_);
  return true;
}

/// Whether the line continues the log. Delivers it when the table lacks it.
bool LogReplay::accept(wal::Line& line, const SegmentFile& segment, std::uint64_t offset, bool is_first_record) {
  look(line);
  if (line.header) {
    if (offset != 0) return false;
    if (line.header->after >= last_) crc_ = line.crc;
    return true;
  }
  const std::uint64_t sequence = line.record.sequence();
  // A repeated line; but the last one again with another content is where something else goes on.
  if (sequence <= last_ && batch_.empty()) return sequence < last_ || line.crc == crc_;
  const bool follows = sequence == last_ + 1 || (is_first_record && sequence == segment.header.header->first);
  if (!follows || line.chain.previous_crc != crc_) return false;
  const bool continues_batch = !batch_.empty();
  if (continues_batch && line.record.batch.first != batch_.front().batch.first) return false;
  if (line.chain.synced != group_synced_) {
    group_begin_ = offset;
    group_synced_ = line.chain.synced;
  }
  if (!continues_batch) {
    batch_begin_ = {&segment, offset};
    batch_begin_crc_ = crc_;
    batch_begin_last_ = last_;
  }
  last_ = sequence;
  crc_ = line.crc;
  deliver(line);
  return true;
}

void LogReplay::deliver(wal::Line& line) {
  const model::BatchMark mark = line.record.batch;
  batch_.push_back(std::move(line.record));
  if (mark.first != 0 && mark.count == 0 && !CFP_MUTANT("recover_half_a_batch")) return;  // more of the batch to come
  // The watermark may lie inside of a batch: a long one is flushed in several transactions.
  if (!CFP_MUTANT("replay_what_the_table_has"))
    std::erase_if(batch_, [&](const model::Record& record) { return record.sequence() <= watermark_; });
  if (!batch_.empty()) {
    result_.recovered_records += batch_.size();
    if (reading_ == wal::Reading::whole) sink_(batch_, mark.first != 0);
  }
  batch_.clear();
}

/// The later segment that begins right behind the last good line, if there is one.
const SegmentFile* LogReplay::successor(std::size_t at) const {
  for (std::size_t later = at + 1; later < inventory_.segments.size(); ++later) {
    const wal::Line& line = inventory_.segments[later].header;
    if (line.header->after == last_ && line.chain.previous_crc == crc_) return &inventory_.segments[later];
  }
  return nullptr;
}

/// The log is broken at `broken`. True when nothing that is needed is missing and reading goes on behind it; false when
/// the rest is a torn tail, which is then set aside. Throws when it is neither.
bool LogReplay::resume_or_stop(std::size_t at, Place broken) {
  if (!batch_.empty()) {
    last_ = batch_begin_last_;
    crc_ = batch_begin_crc_;
    batch_.clear();
  }
  good_end_ = broken;
  if (const SegmentFile* next = successor(at)) {
    report_(LogLevel::warning, broken.segment->path() + " has bytes from " + std::to_string(broken.offset) +
                                   " on that are no part of the log, which goes on in " + next->path());
    reader_.emplace(std::string(), nullptr);
    return true;
  }
  // Where this segment goes on behind the break, should the table have what is missing.
  wal::SegmentReader behind = open_reader(*broken.segment);
  LogEvidence evidence;
  for (Step step = behind.next(); step != Step::end; step = behind.next()) {
    if (step != Step::line || behind.begin_offset() < broken.offset) continue;
    wal::Line& line = behind.line();
    look(line);
    evidence.add(line, last_);
    const bool goes_on = !line.header && last_ < watermark_ && line.record.sequence() > last_ &&
                         line.record.sequence() <= watermark_ + 1;
    if (!goes_on) continue;
    report_(LogLevel::warning, broken.segment->path() + " is damaged at byte " + std::to_string(broken.offset) +
                                   "; the history table has the records there");
    last_ = line.record.sequence() - 1;
    crc_ = line.chain.previous_crc;
    reader_.emplace(std::string(behind.bytes()), background_, reading_);
    while (reader_->end_offset() < behind.begin_offset()) reader_->next();
    return true;
  }
  if (!broken.segment->live) return pass_over(broken, evidence);
  for (std::size_t later = at + 1; later < inventory_.segments.size(); ++later) {
    gather(open_reader(inventory_.segments[later]), evidence);
  }
  for (const SegmentFile& segment : inventory_.headless) gather(open_reader(segment), evidence);
  refuse_if_acknowledged(broken, evidence.synced, evidence.next_good);
  set_aside(broken, at + 1);
  return false;
}

/// A kept segment has no torn tail: a backup has all that it held when it was whole. What is good behind the break was
/// acknowledged; when there is nothing, later segments say whether something is missing.
bool LogReplay::pass_over(const Place& broken, const LogEvidence& evidence) {
  const std::uint64_t missing = std::max(last_, watermark_) + 1;
  if (evidence.highest_good >= missing) {
    refuse(broken, missing, evidence.next_good > missing ? evidence.next_good - 1 : missing, false);
  }
  report_(LogLevel::warning, broken.segment->path() + " is damaged at byte " + std::to_string(broken.offset) +
                                 "; nothing that is needed lies behind it");
  reader_.emplace(std::string(), nullptr);
  return true;
}

/// Segments by name that have no good header: a new segment's first group that was torn, or none of ours.
void LogReplay::judge_headless() {
  std::vector<const SegmentFile*> torn;  // set aside only once it is clear that none is damaged
  for (const SegmentFile& segment : inventory_.headless) {
    const wal::SegmentReader reader = open_reader(segment);
    LogEvidence evidence;
    gather(reader, evidence);
    if (evidence.good_lines == 0 && !reader.bytes().starts_with("{\"format\":")) {
      report_(LogLevel::warning, segment.path() + " is no segment of this store and is left alone");
      continue;
    }
    refuse_if_acknowledged({&segment, 0}, evidence.synced, evidence.next_good);
    torn.push_back(&segment);
  }
  for (const SegmentFile* segment : torn) set_aside({segment, 0}, inventory_.segments.size());
}

/// Adds what all good lines of a segment say.
void LogReplay::gather(wal::SegmentReader reader, LogEvidence& evidence) {
  for (Step step = reader.next(); step != Step::end; step = reader.next()) {
    if (step != Step::line) continue;
    look(reader.line());
    evidence.add(reader.line(), last_);
  }
}

void LogReplay::refuse_if_acknowledged(const Place& broken, std::uint64_t evidence, std::uint64_t next_good) const {
  const std::uint64_t missing = std::max(last_, watermark_) + 1;
  if (evidence < missing || CFP_MUTANT("cut_off_what_is_damaged")) return;
  refuse(broken, missing, next_good > missing ? next_good - 1 : evidence, false);
}

void LogReplay::refuse(const Place& broken, std::uint64_t from, std::uint64_t through, bool is_gap) {
  throw LogDamageError({broken.segment->directory->path().filename().string(), broken.segment->name, broken.offset,
                        from, through, is_gap});
}

void LogReplay::set_aside(const Place& from, std::size_t later_segments) {
  std::uint64_t bytes = 0;
  const auto take = [&](const SegmentFile& segment, std::uint64_t offset) {
    const std::uint64_t size = open_reader(segment).text_size();
    bytes += changes_files_ ? set_aside_tail(*segment.directory, segment.name, offset, size) : size - offset;
  };
  // The last first, so that a kill in between leaves a prefix.
  for (std::size_t i = inventory_.segments.size(); i > later_segments; --i) {
    if (inventory_.segments[i - 1].live) take(inventory_.segments[i - 1], 0);
  }
  take(*from.segment, from.offset);
  result_.torn_bytes += bytes;
  if (!changes_files_) return;
  inventory_.set_aside_bytes += bytes;
  report_(LogLevel::warning, "A torn tail of " + std::to_string(bytes) +
                                 " bytes, never acknowledged, was set aside from " + from.segment->path());
}

void LogReplay::settle() {
  if (good_end_.segment == nullptr || good_end_.offset == 0 || !good_end_.segment->live) return;
  const bool known_durable = last_ <= watermark_ || CFP_MUTANT("show_what_recovery_did_not_sync");
  if (known_durable && reader_->bytes().size() == good_end_.offset) return;
  settle_segment(*good_end_.segment->directory, good_end_.segment->name, reader_->bytes(),
                 known_durable ? good_end_.offset : std::min(group_begin_, good_end_.offset), good_end_.offset);
}

}  // namespace cfp::recovery
