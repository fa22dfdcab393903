#include "recovery/reference_import.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/failpoint.h"
#include "base/iso8601.h"
#include "model/layout.h"
#include "recovery/reference_records.h"
#include "wal/line.h"

namespace cfp::recovery {
namespace {

constexpr const char* kHalfMade = "import.tmp";
constexpr const char* kWhole = "import.new";

/// Writes records as segments, numbered from 1.
class SegmentSeries {
 public:
  SegmentSeries(os::Directory& directory, const ImportOptions& options) : directory_(directory), options_(options) {}

  void add(model::Record& record) {
    record.state->sequence = last_ + 1;
    if (!file_) begin_segment(record.sequence());
    std::string updated_at;
    base::append_timestamp(updated_at,
                           Timestamp(Timestamp::Micros(std::chrono::microseconds(record.state->updated_at_us))));
    const wal::Chain chain{synced_, crc_};
    crc_ = wal::append_line(text_, wal::encode_line_start(record), record, updated_at, chain);
    last_ = record.sequence();
    if (text_.size() >= options_.max_segment_bytes) end_segment();
  }

  void end_segment() {
    if (!file_) return;
    file_->write(0, text_);
    file_->sync();
    file_.reset();
    text_.clear();
    synced_ = last_;
  }

 private:
  void begin_segment(std::uint64_t first) {
    file_ = directory_.open(model::segment_file(++number_), os::OpenMode::create);
    crc_ = wal::append_header(text_, {1, options_.store_id, number_, last_, first}, {synced_, crc_});
  }

  os::Directory& directory_;
  const ImportOptions& options_;
  std::unique_ptr<os::File> file_;
  std::string text_;
  std::uint64_t number_ = 0, last_ = 0, synced_ = 0;
  std::uint32_t crc_ = 0;
};

void write_segments(os::Directory& base, std::vector<model::Record> records, const ImportOptions& options) {
  os::remove_tree(base, kHalfMade);
  {
    const auto directory = base.open_directory(kHalfMade, true);
    SegmentSeries series(*directory, options);
    for (model::Record& record : records) series.add(record);
    series.end_segment();
    directory->sync();
  }
  CFP_FAILPOINT("import.before_commit");
  base.rename(kHalfMade, kWhole);
  base.sync();
  CFP_FAILPOINT("import.after_commit");
}

/// A name that nothing in the directory has: an earlier import of the same day may have left files there.
std::string free_name(os::Directory& directory, const std::string& name) {
  std::string free = name;
  for (int i = 2; directory.contains(free); ++i) free = name + "." + std::to_string(i);
  return free;
}

/// From here on the reference implementation's files are not needed any more.
void move_aside(os::Directory& base, const LogInventory& inventory, const ImportOptions& options) {
  const auto aside = base.open_directory("before_import_" + options.date.to_string(), true);
  for (const std::string& file : {std::string(model::kHistoryFile), std::string(model::kLatestFile)}) {
    for (const std::string& name : {file, file + ".wal"}) {
      if (base.contains(name)) base.move(name, *aside, free_name(*aside, name));
    }
  }
  CFP_FAILPOINT("import.tables_moved");
  for (const auto& directory : inventory.directories) {
    for (const os::DirectoryEntry& entry : directory->list()) {
      const bool is_reference_segment =
          std::any_of(inventory.reference.begin(), inventory.reference.end(),
                      [&](const SegmentFile& s) { return s.directory == directory.get() && s.name == entry.name; });
      if (!is_reference_segment && !entry.name.ends_with(".duckdb.backup")) continue;
      const auto target = aside->open_directory(directory->path().filename().string(), true);
      directory->move(entry.name, *target, free_name(*target, entry.name));
      target->sync();
    }
    directory->sync();
  }
  aside->sync();
  base.sync();
}

void move_in(os::Directory& base, const ImportOptions& options) {
  const auto target = base.open_directory(options.date.to_string(), true);
  {
    const auto source = base.open_directory(kWhole, false);
    std::uint64_t number = next_segment_number(*target);
    for (const os::DirectoryEntry& entry : source->list()) {
      source->move(entry.name, *target, model::segment_file(number++));
      CFP_FAILPOINT("import.segment_moved");
    }
    target->sync();
    source->sync();
  }
  base.remove_directory(kWhole);
  base.sync();
}

}  // namespace

bool is_import_under_way(os::Directory& base) { return base.contains(kWhole); }

void import_reference(os::Directory& base, tables::TableStore& tables, const LogInventory& inventory,
                      const ImportOptions& options, const Report& report) {
  if (!is_import_under_way(base)) {
    auto records = read_reference_records(tables, inventory, report);
    report(LogLevel::info, "Importing " + std::to_string(records.size()) +
                               " records of a store that the Python reference implementation wrote; its files move to "
                               "before_import_" +
                               options.date.to_string());
    write_segments(base, std::move(records), options);
  }
  move_aside(base, inventory, options);
  move_in(base, options);
}

}  // namespace cfp::recovery
