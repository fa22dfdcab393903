// Exports: the rows of history, a page at a time, into a file that appears under its name when it is whole.

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>
#include <vector>

#include "engine/base_directory.h"
#include "engine/open_store.h"
#include "engine/transfer.h"
#include "os/file_system.h"
#include "tables/record_file.h"

namespace cfp::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPageRecords = 2048;
constexpr std::uint64_t kPageBytes = 8ULL << 20U;

[[noreturn]] void refuse(const std::string& why) {
  throw CollectionFastPersistError(ErrorCode::invalid_argument, "Nothing was exported: " + why);
}

/// Hands out pages until there are none, and tells how far it is.
class Pages {
 public:
  Pages(const TransferCallback& progress, std::uint64_t total) : progress_(progress), total_(total) {}
  virtual ~Pages() = default;
  std::vector<tables::HistoryRecord> next() {
    auto page = read();
    records_ += page.size();
    if (progress_) progress_({records_, total_});
    return page;
  }
  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

 private:
  virtual std::vector<tables::HistoryRecord> read() = 0;

  const TransferCallback& progress_;
  const std::uint64_t total_;
  std::uint64_t records_ = 0;
};

/// Every row through a sequence.
class HistoryPages final : public Pages {
 public:
  HistoryPages(flush::OpenTables& open, const tables::Meta& meta, const TransferCallback& progress)
      : Pages(progress, meta.rows), tables_(open), through_(meta.watermark) {}

 private:
  std::vector<tables::HistoryRecord> read() override {
    std::vector<tables::HistoryRecord> page;
    while (page.empty() && after_ < through_) {
      after_ = tables_.with_history([&](tables::HistoryTable& history) {
        return history.read_next(after_, through_,
                                 [&](tables::HistoryRecord&& row) { page.push_back(std::move(row)); });
      });
    }
    return page;
  }

  flush::OpenTables& tables_;
  const std::uint64_t through_;
  std::uint64_t after_ = 0;
};

/// The rows that were the last of their items at one moment. They are read from history, where no later update changes
/// them.
class LatestPages final : public Pages {
 public:
  LatestPages(flush::OpenTables& open, std::vector<tables::LiveRow> live, const TransferCallback& progress)
      : Pages(progress, live.size()), tables_(open), live_(std::move(live)) {}

 private:
  std::vector<tables::HistoryRecord> read() override {
    std::vector<std::uint64_t> wanted;
    for (std::uint64_t bytes = 0; at_ < live_.size() && wanted.size() < kPageRecords && bytes < kPageBytes; ++at_) {
      wanted.push_back(live_[at_].sequence);
      bytes += live_[at_].bytes;
    }
    if (wanted.empty()) return {};
    auto page = tables_.with_history([&](tables::HistoryTable& history) { return history.rows(wanted); });
    if (page.size() != wanted.size()) {
      throw CollectionFastPersistError(ErrorCode::corrupt,
                                       "Nothing was exported: storage_history lacks records that storage_latest has. "
                                       "Run check_database_health, which says what to do.");
    }
    std::ranges::sort(page, {}, [](const tables::HistoryRecord& row) { return row.record.sequence(); });
    return page;
  }

  flush::OpenTables& tables_;
  const std::vector<tables::LiveRow> live_;
  std::size_t at_ = 0;
};

/// A directory beside the path, in which it is made. Removed with all that is in it.
class Staging {
 public:
  explicit Staging(const fs::path& path)
      : name_("." + path.filename().string() + ".cfp-export"),
        target_(path.filename().string()),
        parent_(os::open_base_directory(path.parent_path())) {
    os::remove_tree(*parent_, name_);  // of a process that was killed
    directory_ = parent_->open_directory(name_, true);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging() {
    try {
      os::remove_tree(*parent_, name_);
    } catch (const std::system_error&) {
      return;  // the next export to the path does it
    }
  }
  [[nodiscard]] fs::path path_of(const char* name) const { return directory_->path() / name; }
  void make_durable(const std::string& name) const { sync(*directory_, name); }
  /// Where nothing is yet.
  void put_in_place(const char* name) const {
    directory_->move(name, *parent_, target_);
    parent_->sync();
  }

 private:
  static void sync(os::Directory& directory, const std::string& name) {
    const auto entries = directory.list();
    const auto found = std::ranges::find(entries, name, &os::DirectoryEntry::name);
    if (found == entries.end()) return;
    if (found->kind == os::EntryKind::file) return directory.open(name, os::OpenMode::write)->sync();
    const auto inner = directory.open_directory(name, false);
    for (const os::DirectoryEntry& entry : inner->list()) sync(*inner, entry.name);
    inner->sync();
  }

  const std::string name_, target_;
  const std::unique_ptr<os::Directory> parent_;
  std::unique_ptr<os::Directory> directory_;
};

/// With all links in it followed, so that it means the same later. Throws where nothing can be made under that name.
fs::path checked(const fs::path& path, const fs::path& base_dir) {
  if (!path.has_filename() || path.filename() == "." || path.filename() == "..")
    refuse(path.string() + " names no file.");
  std::error_code cause;
  const fs::path directory = fs::canonical(fs::absolute(path).parent_path(), cause);
  if (cause || !fs::is_directory(directory, cause)) {
    refuse("the directory of " + path.string() + " is not there; make it first.");
  }
  fs::path whole = directory / path.filename();
  if (fs::exists(fs::symlink_status(whole, cause)))
    refuse(path.string() + " is there already; remove it, or name another.");
  const fs::path base = fs::canonical(base_dir, cause);
  if (std::mismatch(base.begin(), base.end(), whole.begin(), whole.end()).first == base.end()) {
    refuse(path.string() + " lies in the store's own directory; name a place outside of it.");
  }
  return whole;
}

std::unique_ptr<Pages> pages_of(OpenStore& store, const ExportOptions& options, ExportResult& result) {
  flush::OpenTables& open = store.past().tables;
  if (options.table == ExportedTable::history) {
    store.settle(OpenStore::Table::history);
    const tables::Meta meta = open.with_history([](tables::HistoryTable& history) { return history.meta(); });
    result.last_sequence = meta.watermark;
    return std::make_unique<HistoryPages>(open, meta, options.progress);
  }
  store.settle(OpenStore::Table::latest);
  return open.with_latest([&](tables::LatestTable& latest) {
    auto live = latest.live_rows();
    result.last_sequence = live.watermark;
    return std::make_unique<LatestPages>(open, std::move(live.rows), options.progress);
  });
}

}  // namespace

FileFormat format_of(const fs::path& path, const std::optional<FileFormat>& format) {
  if (format) return *format;
  constexpr std::array<std::pair<std::string_view, FileFormat>, 4> kEndings = {{{".jsonl", FileFormat::jsonl},
                                                                                {".ndjson", FileFormat::jsonl},
                                                                                {".csv", FileFormat::csv},
                                                                                {".parquet", FileFormat::parquet}}};
  const std::string ending = path.extension().string();
  for (const auto& [known, meant] : kEndings) {
    if (ending == known) return meant;
  }
  throw CollectionFastPersistError(
      ErrorCode::invalid_argument,
      "The format of " + path.string() + " does not follow from its name; give format: jsonl, csv or parquet.");
}

ExportResult export_records(OpenStore& store, const fs::path& path, const ExportOptions& options) {
  const FileFormat format = format_of(path, options.format);
  const fs::path target = checked(path, store.base_dir());
  const model::Schema schema =
      store.past().tables.with_history([](tables::HistoryTable& history) { return history.schema(); });
  tables::check_partition(options.partition_by, schema);
  ExportResult result;
  const std::unique_ptr<Pages> pages = pages_of(store, options, result);
  try {
    const Staging staging(target);
    tables::write_record_file(
        {staging.path_of("records"), format, staging.path_of("spill"), store.config().duckdb_memory_limit_bytes},
        options.partition_by, schema, [&] { return pages->next(); });
    staging.make_durable("records");
    staging.put_in_place("records");
  } catch (const std::system_error& error) {
    throw describe(error, path);
  }
  result.records = pages->records();
  return result;
}

}  // namespace cfp::engine
