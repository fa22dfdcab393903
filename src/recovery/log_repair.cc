#include "recovery/log_repair.h"

#include <algorithm>

#include "base/check.h"
#include "model/layout.h"
#include "os/overlay_directory.h"
#include "recovery/torn_tail.h"
#include "wal/segment_reader.h"

namespace cfp::recovery {
namespace {

std::string bytes_of(os::Directory& directory, const std::string& name) {
  return wal::read_all(*directory.open(name, os::OpenMode::read));
}

std::string path_of(const os::Directory& directory, const std::string& name) {
  return directory.path().filename().string() + "/" + name;
}

RepairStep written(const RepairPlan::File& file, const wal::LineRun& run) {
  return {RepairAction::write_segment, file.directory + "/" + file.name, 0, file.bytes.size(),
          "Records " + std::to_string(run.lines.front().sequence) + " to " + std::to_string(run.lines.back().sequence) +
              " are written anew as a segment of their own."};
}

}  // namespace

LogRepair::LogRepair(os::Directory& base, std::string store_id, std::uint64_t watermark)
    : base_(base), store_id_(std::move(store_id)), watermark_(watermark) {}

LogRepairResult LogRepair::run() {
  for (bool is_whole = false; !is_whole;) {
    try {
      try_replay();
      is_whole = true;
    } catch (const LogDamageError& error) {
      mend(error.damage());
    }
  }
  result_.steps.insert(result_.steps.end(), asides_.begin(), asides_.end());
  if (!result_.steps.empty()) account();
  return std::move(result_);
}

void LogRepair::try_replay() {
  const auto disk = os::make_overlay_directory(base_);
  LogInventory inventory = take_inventory(*disk, drop_message);
  delivered_.clear();
  const auto note = [this](std::span<model::Record> records, bool) {
    for (const model::Record& record : records) {
      const std::uint64_t sequence = record.sequence();
      if (delivered_.empty() || delivered_.back().last + 1 != sequence) delivered_.push_back({sequence, sequence});
      delivered_.back().last = sequence;
    }
  };
  result_.last_sequence = LogReplay(inventory, store_id_, watermark_, note, drop_message).run().position.last_sequence;
}

void LogRepair::mend(const LogDamage& damage) {
  learn();
  // A segment without its header may hold what seems to be missing elsewhere.
  if (mend_headless()) return;
  const auto directory = base_.open_directory(damage.directory, false);
  const auto planned = std::ranges::find_if(result_.plan.files, [&](const RepairPlan::File& file) {
    return file.directory == damage.directory && file.name == damage.file;
  });
  if (planned == result_.plan.files.end()) {
    rewrite(*directory, damage.file, damage);
  } else {
    declare_gap(*planned, damage);
  }
}

/// What the log knows as it is found: later its lines are no longer all there.
void LogRepair::learn() {
  if (std::exchange(has_learned_, true)) return;
  const auto disk = os::make_overlay_directory(base_);
  LogInventory inventory = take_inventory(*disk, drop_message);
  const auto look = [this](const SegmentFile& segment) {
    const auto remains = wal::read_remains(bytes_of(*segment.directory, segment.name));
    acknowledged_ = std::max(acknowledged_, remains.highest_synced);
    if (!remains.header) return;
    const wal::SegmentHeader& header = *remains.header->header;
    acknowledged_ = std::max(acknowledged_, header.after);
    if (header.first > header.after + 1) given_up_.push_back({header.after + 1, header.first - 1});
  };
  for (const SegmentFile& segment : inventory.segments) {
    if (segment.header.header->store_id == store_id_) look(segment);
  }
  for (const SegmentFile& segment : inventory.headless) look(segment);
}

bool LogRepair::mend_headless() {
  bool found = false;
  const auto disk = os::make_overlay_directory(base_);
  const LogInventory inventory = take_inventory(*disk, drop_message);
  for (const SegmentFile& segment : inventory.headless) {
    const std::string directory = segment.directory->path().filename().string();
    const auto opened = base_.open_directory(directory, false);
    if (wal::read_remains(bytes_of(*opened, segment.name)).records == 0) continue;
    rewrite(*opened, segment.name, {directory, segment.name, 0, 0, 0, false});
    found = true;
  }
  return found;
}

void LogRepair::rewrite(os::Directory& directory, const std::string& name, const LogDamage& damage) {
  const std::string bytes = bytes_of(directory, name);
  const wal::SegmentRemains remains = wal::read_remains(bytes);
  highest_ = std::max(highest_, remains.highest_sequence);
  const bool is_needed = !is_repetition(damage, remains);
  std::uint32_t crc = remains.header ? remains.header->chain.previous_crc : 0;
  bool is_first = true;
  for (const wal::LineRun& run : remains.runs) {
    if (!is_needed) break;
    const std::uint64_t number = next_segment_number(directory);
    const std::uint64_t first = run.lines.front().sequence;
    // A gap is not declared here: only the replay knows whether anything is missing in it.
    wal::SegmentHeader header{1, store_id_, number, run.is_behind_header ? remains.header->header->after : first - 1,
                              first};
    if (is_first && damage.is_gap) header.after = std::min(header.after, damage.first_missing - 1);
    is_first = false;
    const wal::SegmentText segment = wal::rewrite_run(bytes, run, header, crc);
    crc = segment.last_crc();
    result_.plan.files.push_back({damage.directory, model::segment_file(number), segment.text()});
    directory.open(model::segment_file(number), os::OpenMode::create)->write(0, segment.text());
    result_.steps.push_back(written(result_.plan.files.back(), run));
  }
  const std::size_t text_size = bytes.find_last_not_of('\0') + 1;
  put_aside(directory, name, damage.offset, remains.lost_bytes, text_size);
}

/// A new segment turns out to have nothing before it.
void LogRepair::declare_gap(RepairPlan::File& planned, const LogDamage& damage) {
  const auto directory = base_.open_directory(planned.directory, false);
  const wal::SegmentRemains remains = wal::read_remains(planned.bytes);
  wal::SegmentHeader header = *remains.header->header;
  CFP_CHECK(damage.is_gap && header.after >= damage.first_missing);
  header.after = damage.first_missing - 1;
  const wal::SegmentText segment =
      wal::rewrite_run(planned.bytes, remains.runs.front(), header, remains.header->chain.previous_crc);
  planned.bytes = segment.text();
  const auto file = directory->open(planned.name, os::OpenMode::write);
  file->truncate(0);
  file->write(0, planned.bytes);
  for (RepairStep& step : result_.steps) {
    if (step.file == planned.directory + "/" + planned.name) step.bytes = planned.bytes.size();
  }
}

void LogRepair::put_aside(os::Directory& directory, const std::string& name, std::uint64_t offset, std::uint64_t bytes,
                          std::uint64_t text_bytes) {
  const std::string to = free_name(directory, name, model::kCorruptSuffix);
  directory.rename(name, to);
  result_.plan.asides.push_back({directory.path().filename().string(), name, to});
  asides_.push_back({RepairAction::set_aside, path_of(directory, name), offset, bytes,
                     "Renamed to " + to + ": of its " + std::to_string(text_bytes) + " bytes, " +
                         std::to_string(bytes) + " cannot be used."});
}

/// Whether other segments have all of its records: a copy, which is not to be written a second time.
bool LogRepair::is_repetition(const LogDamage& damage, const wal::SegmentRemains& remains) {
  std::set<std::uint64_t> own;
  for (const wal::LineRun& run : remains.runs) {
    for (const auto& span : run.lines) own.insert(span.sequence);
  }
  const auto disk = os::make_overlay_directory(base_);
  const LogInventory inventory = take_inventory(*disk, drop_message);
  for (const SegmentFile& segment : inventory.segments) {
    const wal::SegmentHeader& header = *segment.header.header;
    const bool is_other = segment.name != damage.file || segment.path() != damage.directory + "/" + damage.file;
    if (own.empty() || !is_other || header.store_id != store_id_ || header.first > *own.rbegin()) continue;
    for (const wal::LineRun& run : wal::read_remains(bytes_of(*segment.directory, segment.name)).runs) {
      for (const auto& span : run.lines) own.erase(span.sequence);
    }
  }
  return own.empty();
}

/// What lies between the watermark and the highest number that is known, and is neither there nor was given up.
void LogRepair::account() {
  std::vector<Range> known = given_up_;
  known.insert(known.end(), delivered_.begin(), delivered_.end());
  const std::uint64_t end = std::max({acknowledged_, highest_, result_.last_sequence}) + 1;
  known.push_back({end, end});
  std::ranges::sort(known, {}, &Range::first);
  std::uint64_t next = watermark_ + 1;
  for (const Range& range : known) {
    if (range.first > next) {
      const std::uint64_t last = range.first - 1;
      const std::uint64_t acknowledged = acknowledged_ < next ? 0 : std::min(acknowledged_, last) - next + 1;
      result_.missing.push_back({next, last, acknowledged});
    }
    next = std::max(next, range.last + 1);
  }
}

}  // namespace cfp::recovery
