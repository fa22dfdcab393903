#include "support/fake_tables.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "model/encoder.h"
#include "support/fake_history_table.h"
#include "support/fake_latest_table.h"

namespace cfp::support {
namespace {

/// What opening says of a file that is there.
void check_file(const tables::Meta& meta, const tables::Meta& counted, bool is_damaged, std::string_view store_id) {
  if (is_damaged || meta != counted) throw CollectionFastPersistError(ErrorCode::corrupt, "the fake file is damaged");
  if (!store_id.empty() && meta.store_id != store_id) {
    throw CollectionFastPersistError(ErrorCode::foreign, "the fake file belongs to another store");
  }
}

/// The rows in order, each with the version and the place that come of it.
void count_versions_anew(FakeHistoryFile& file) {
  file.last.clear();
  for (tables::HistoryRecord& row : file.rows) {
    model::VersionBase& last = file.last[name_of(row.record)];
    row = copy_of(row.record, last.version + 1, last.sequence);
    last = {row.version, row.record.sequence()};
  }
}

}  // namespace

FakeTables::FakeTables(std::shared_ptr<FakeTableDisk> disk) : disk_(std::move(disk)), start_(disk_->starts) {}

bool FakeTables::has_history() {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  return disk_->history || !disk_->reference_rows.empty();
}

bool FakeTables::has_latest() {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  return disk_->latest.has_value();
}

bool FakeTables::is_reference_history() {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  return !disk_->history && !disk_->reference_rows.empty();
}

std::unique_ptr<tables::HistoryTable> FakeTables::open_history(const model::Schema& configured,
                                                               std::string_view store_id) {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  if (!disk_->history) {
    disk_->history.emplace();
    disk_->history->meta.store_id = store_id;
    disk_->history->schema = configured;
  }
  const FakeHistoryFile& file = *disk_->history;
  check_file(file.meta, recounted(file), file.is_damaged, store_id);
  disk_->history->schema = model::reconcile_schema(configured, file.schema);
  return std::make_unique<FakeHistoryTable>(disk_);
}

std::uint64_t FakeTables::add_columns(const model::Schema& configured) {
  std::uint64_t unfit = 0;
  disk_->commit(start_, true, [&] {
    disk_->require(!disk_->history_is_open, "history is closed while columns are added");
    FakeHistoryFile built = disk_->history.value();
    built.schema = model::widened_schema(configured, built.schema);
    for (tables::HistoryRecord& row : built.rows) unfit += model::project(row.record, built.schema);
    built.unsafe_commits.clear();
    disk_->history = std::move(built);
  });
  return unfit;
}

std::unique_ptr<tables::LatestTable> FakeTables::open_latest(const model::Schema& in_force, std::string_view store_id) {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  if (!disk_->latest) {
    disk_->latest.emplace();
    disk_->latest->meta.store_id = store_id;
    disk_->latest->schema = in_force;
  }
  const FakeLatestFile& file = *disk_->latest;
  check_file(file.meta, recounted(file), file.is_damaged, store_id);
  if (file.schema.size() < in_force.size()) throw ExtraSchemaError("the fake latest lacks columns");
  return std::make_unique<FakeLatestTable>(disk_);
}

std::uint64_t FakeTables::rebuild_latest(tables::HistoryTable& history, std::string_view store_id) {
  FakeLatestFile built;
  built.meta.store_id = store_id;
  built.meta.watermark = history.meta().watermark;
  built.schema = history.schema();
  history.read(0, built.meta.watermark, [&](tables::HistoryRecord&& row) {
    const FakeName name = name_of(row.record);
    const auto before = built.rows.find(name);
    const tables::ItemChange change{{&row.record, row.version, row.previous_sequence}, row.record.sequence()};
    built.rows[name] = changed_row(before == built.rows.end() ? nullptr : &before->second, change);
  });
  built.meta = recounted(built);
  const std::uint64_t rows = built.meta.rows;
  disk_->commit(start_, false, [&] {
    disk_->require(!disk_->latest_is_open, "latest is closed while it is built anew");
    disk_->latest = std::move(built);
  });
  return rows;
}

std::unique_ptr<tables::HistoryTable> FakeTables::rebuild_history(std::unique_ptr<tables::HistoryTable> history,
                                                                  std::span<const model::Record> missing) {
  const auto by_sequence = [](const auto& a, const auto& b) { return a.record.sequence() < b.record.sequence(); };
  history.reset();
  disk_->commit(start_, true, [&] {
    disk_->require(!disk_->history_is_open, "history is closed while it is built anew");
    FakeHistoryFile built = disk_->history.value();
    for (const model::Record& record : missing) built.rows.push_back(copy_of(record, 0, 0));
    std::stable_sort(built.rows.begin(), built.rows.end(), by_sequence);
    const auto twice = std::adjacent_find(built.rows.begin(), built.rows.end(),
                                          [&](const auto& a, const auto& b) { return !by_sequence(a, b); });
    disk_->require(twice == built.rows.end(), "records that are put into history are not there yet");
    count_versions_anew(built);
    built.meta = recounted(built);
    built.meta.watermark = std::max(built.meta.watermark, built.meta.max_sequence);
    built.unsafe_commits.clear();
    disk_->history = std::move(built);
  });
  const std::lock_guard lock(disk_->mutex);
  return std::make_unique<FakeHistoryTable>(disk_);
}

void FakeTables::read_reference_history(const std::function<void(model::Record&&)>& sink) {
  std::vector<model::Record> rows;
  {
    const std::lock_guard lock(disk_->mutex);
    disk_->check_alive(start_);
    for (const model::Record& row : disk_->reference_rows) rows.push_back(copy_of(row, 0, 0).record);
  }
  for (model::Record& row : rows) sink(std::move(row));
}

bool FakeTables::is_healthy_file(const std::filesystem::path&, std::string_view table_name) {
  const std::lock_guard lock(disk_->mutex);
  if (table_name == "storage_history") {
    const auto& file = disk_->history;
    return file && !file->is_damaged && recounted(*file) == file->meta;
  }
  if (table_name == "storage_latest") {
    const auto& file = disk_->latest;
    return file && !file->is_damaged && recounted(*file) == file->meta;
  }
  throw CollectionFastPersistError(ErrorCode::invalid_argument, "no table of ours: " + std::string(table_name));
}

bool FakeTables::has_log(std::string_view table_name) {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  if (table_name == "storage_history") return disk_->history && !disk_->history->unsafe_commits.empty();
  return disk_->latest && !disk_->latest->unsafe_commits.empty();
}

tables::Meta FakeTables::examine(std::string_view table_name, tables::Look look) {
  const std::lock_guard lock(disk_->mutex);
  disk_->check_alive(start_);
  if (look == tables::Look::at_all_without_log) {
    throw CollectionFastPersistError(ErrorCode::corrupt, "the fake has no checkpoint to go back to");
  }
  if (table_name == "storage_history") {
    disk_->require(!disk_->history_is_open, "history is closed while it is examined");
    const FakeHistoryFile& file = disk_->history.value();
    check_file(file.meta, recounted(file), file.is_damaged, "");
    return file.meta;
  }
  disk_->require(!disk_->latest_is_open, "latest is closed while it is examined");
  const FakeLatestFile& file = disk_->latest.value();
  check_file(file.meta, recounted(file), file.is_damaged, "");
  return file.meta;
}

void FakeTables::copy(std::string_view table_name, const tables::ByteSink& sink) {
  std::string bytes;
  {
    const std::lock_guard lock(disk_->mutex);
    disk_->check_alive(start_);
    disk_->require(!disk_->history_is_open && !disk_->latest_is_open, "tables are closed when their files are copied");
    bytes = table_name == "storage_history" ? disk_->keep_copy(disk_->history.value())
                                            : disk_->keep_copy(disk_->latest.value());
  }
  for (std::size_t at = 0; at < bytes.size(); at += 1000) sink(std::string_view(bytes).substr(at, 1000));
}

std::optional<tables::Meta> FakeTables::read_meta(const std::filesystem::path& file, std::string_view table_name) {
  return verify(file, table_name, tables::Pace::full);
}

std::optional<tables::Meta> FakeTables::verify(const std::filesystem::path& file, std::string_view table_name,
                                               tables::Pace) {
  const std::string bytes = disk_->read_file(file);
  const std::lock_guard lock(disk_->mutex);
  if (table_name == "storage_history") {
    const FakeHistoryFile* const copy = disk_->history_of(bytes);
    return copy != nullptr && !copy->is_damaged ? std::optional(copy->meta) : std::nullopt;
  }
  const FakeLatestFile* const copy = disk_->latest_of(bytes);
  return copy != nullptr && !copy->is_damaged ? std::optional(copy->meta) : std::nullopt;
}

std::optional<tables::Meta> FakeTables::verify_blocks(const std::filesystem::path& file, std::string_view table_name) {
  return verify(file, table_name, tables::Pace::full);
}

class FakeTables::Staged final : public tables::StagedTable {
 public:
  Staged(const FakeTables& tables, bool is_latest, std::string bytes)
      : disk_(tables.disk_), start_(tables.start_), is_latest_(is_latest), bytes_(std::move(bytes)) {}

  void put_in_place() override {
    disk_->commit(start_, !is_latest_, [&] {
      if (is_latest_) {
        put(disk_->latest, disk_->latest_of(bytes_));
      } else {
        put(disk_->history, disk_->history_of(bytes_));
      }
    });
  }

 private:
  template <typename File>
  void put(std::optional<File>& table, const File* copy) {
    disk_->require(copy != nullptr, "what a table is restored from is a whole copy");
    disk_->require(!table, "a table is set aside before it is restored");
    table = *copy;
  }

  const std::shared_ptr<FakeTableDisk> disk_;
  const std::uint64_t start_;
  const bool is_latest_;
  const std::string bytes_;
};

std::unique_ptr<tables::StagedTable> FakeTables::stage(std::string_view table_name,
                                                       const std::filesystem::path& backup) {
  return std::make_unique<Staged>(*this, table_name == "storage_latest", disk_->read_file(backup));
}

tables::Meta FakeTables::import_history(const std::filesystem::path& source, std::uint64_t through,
                                        std::string_view store_id) {
  const std::string bytes = disk_->read_file(source);
  tables::Meta meta;
  disk_->commit(start_, true, [&] {
    const FakeHistoryFile* const copy = disk_->history_of(bytes);
    disk_->require(copy != nullptr, "what history is made of is a whole copy");
    disk_->require(!disk_->history, "history is not there before it is imported");
    FakeHistoryFile made = *copy;
    std::erase_if(made.rows, [&](const auto& row) { return row.record.sequence() > through; });
    count_versions_anew(made);
    made.meta.store_id = store_id;
    made.meta.watermark = std::min(made.meta.watermark, through);
    made.meta = recounted(made);
    meta = made.meta;
    disk_->history = std::move(made);
  });
  return meta;
}

// Offline calls are tested on real files; no engine makes them.
std::vector<std::uint64_t> FakeTables::sequences(const std::filesystem::path&, std::string_view, std::uint64_t) {
  throw std::logic_error("an engine does not read the sequences of closed files");
}

void FakeTables::add_rows_of_latest(const std::filesystem::path&) {
  throw std::logic_error("an engine does not make history of latest");
}

std::uint64_t FakeTables::last_whole_sequence(const std::filesystem::path&, std::uint64_t, std::int64_t) {
  throw std::logic_error("an engine does not cut closed files");
}

}  // namespace cfp::support
