// Opening a store for reading only. Nothing is made, changed or removed on the way, not even what recovery would tidy
// up: the directory may be on a disk, or under permissions, that allow nothing else.

#include <system_error>

#include "backup/catalog.h"
#include "engine/base_directory.h"
#include "engine/config_check.h"
#include "engine/read_only_store.h"
#include "model/layout.h"
#include "recovery/reference_import.h"
#include "recovery/repair_plan.h"
#include "recovery/store_restore.h"
#include "tables/duckdb/duckdb_tables.h"

namespace cfp::engine {
namespace {

CollectionFastPersistError no_store(const std::filesystem::path& base_dir, const std::string& why) {
  return {ErrorCode::invalid_argument, "There is no store in " + base_dir.string() + ": " + why +
                                           ". With read_only none is made; look after base_dir, or open without it."};
}

std::unique_ptr<os::Directory> open_base(const CollectionConfig& config) {
  std::unique_ptr<os::Directory> base;
  try {
    base = os::open_directory_read_only(config.base_dir);
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::no_such_file_or_directory) throw;
    throw no_store(config.base_dir, "the directory does not exist");
  }
  if (config.allow_network_fs || !os::is_network_disk(config.base_dir)) return base;
  throw CollectionFastPersistError(ErrorCode::network_disk,
                                   config.base_dir.string() +
                                       " is on a network file system, where the lock that keeps a writer out may not "
                                       "work. Copy the store to a local directory, or set allow_network_fs.");
}

/// What can be read while somebody writes, as a sentence.
std::string offer_backup(os::Directory& base, tables::TableStore& tables) {
  const auto backups = backup::find_backups(base, tables);
  if (backups.empty() || !backups.front().is_readable) return "There is no backup that could be read meanwhile.";
  const BackupInfo& newest = backups.front();
  return "What can be read meanwhile is the backup of " + newest.date.to_string() + ", " + newest.path.string() +
         ", which has every record up to " + std::to_string(newest.watermark) +
         ": any DuckDB from 1.4 reads it, and restore makes a store of it.";
}

std::unique_ptr<os::StoreLock> share_lock(const CollectionConfig& config, os::Directory& base,
                                          tables::TableStore& tables) {
  try {
    if (auto lock = os::StoreLock::share(config.base_dir)) return lock;
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::no_such_file_or_directory) throw;
    if (!tables.has_history()) throw no_store(config.base_dir, "it has no storage_history.duckdb");
    throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                     config.base_dir.string() +
                                         " has no file .lock, without which nobody is kept from writing while it is "
                                         "read. Make an empty one there, or open the store for writing once.");
  }
  throw CollectionFastPersistError(ErrorCode::locked, config.base_dir.string() + " is open for writing, by " +
                                                          holder_of(base) +
                                                          ", and is not read at the same time. Ask that process, or "
                                                          "wait until it closes. " +
                                                          offer_backup(base, tables));
}

/// The error of a table that an open for writing would heal.
CollectionFastPersistError unhealed(std::string_view file, const std::string& text) {
  const std::string cause = text.substr(text.rfind('\n') + 1);  // the steps before it are for writers
  return {ErrorCode::corrupt, std::string(file) + " cannot be used as it is: " + cause +
                                  ". A store that is opened read-only is not healed: open it for writing once."};
}

template <class Open>
auto open_as_it_is(std::string_view file, const Open& open) {
  try {
    return open();
  } catch (const CollectionFastPersistError& error) {
    const bool heals =
        error.code() == ErrorCode::corrupt || (error.code() == ErrorCode::foreign && file == model::kLatestFile);
    if (!heals) throw;
    throw unhealed(file, error.what());
  }
}

/// What a killed process wrote and did not sync can be read, and a power cut could still take it back: nobody is shown
/// it before it is durable. Syncing changes no file; a disk that is mounted read-only has nothing to sync, and may say
/// so.
void make_durable(const recovery::LogInventory& inventory, std::uint64_t watermark) {
  const auto synced = [](auto& file_or_directory) {
    try {
      file_or_directory.sync();
    } catch (const std::system_error& error) {
      if (error.code() != std::errc::read_only_file_system && error.code() != std::errc::invalid_argument) throw;
    }
  };
  for (std::size_t i = 0; i < inventory.segments.size(); ++i) {
    const bool in_table =
        i + 1 < inventory.segments.size() && inventory.segments[i + 1].header.header->after <= watermark;
    if (in_table) continue;
    const recovery::SegmentFile& segment = inventory.segments[i];
    synced(*segment.directory->open(segment.name, os::OpenMode::read));
    synced(*segment.directory);
  }
}

}  // namespace

std::unique_ptr<OpenStore> open_read_only(const Date& date, CollectionConfig config) {
  check_config(config);
  try {
    ReadOnlyParts parts;
    parts.base = open_base(config);
    parts.tables = tables::make_duckdb_tables(
        {std::filesystem::canonical(config.base_dir), config.duckdb_memory_limit_bytes, config.duckdb_threads, true});
    parts.lock = share_lock(config, *parts.base, *parts.tables);
    return std::make_unique<ReadOnlyStore>(date, std::move(config), std::move(parts));
  } catch (const std::system_error& error) {
    throw describe(error, config.base_dir);
  }
}

ReadOnlyStore::ReadOnlyStore(const Date& date, CollectionConfig config, ReadOnlyParts parts)
    : date_(date), config_(std::move(config)), parts_(std::move(parts)), base_path_(parts_.base->path()) {
  try {
    open();
  } catch (const std::system_error& error) {
    throw describe(error, base_path_);
  }
}

void ReadOnlyStore::open() {
  recovery::refuse_half_restored(*parts_.base);
  if (recovery::is_repair_under_way(*parts_.base)) {
    throw CollectionFastPersistError(ErrorCode::corrupt,
                                     "A repair of this store was cut short. Call repair(base_dir) again, or open the "
                                     "store for writing once: either finishes it.");
  }
  recovery::LogInventory inventory = recovery::take_inventory(*parts_.base, report(), recovery::Leftovers::keep);
  check_is_ours(inventory);
  open_tables();
  take_history();
  take_log(inventory);
}

void ReadOnlyStore::check_is_ours(const recovery::LogInventory& inventory) {
  const bool has_log = !inventory.segments.empty();
  if (!has_log && !parts_.tables->has_history() && !parts_.tables->has_latest() && inventory.reference.empty()) {
    throw no_store(base_path_, "it has no table and no log");
  }
  const bool is_reference =
      !has_log && (parts_.tables->has_history() ? parts_.tables->is_reference_history() : !inventory.reference.empty());
  if (!is_reference && !recovery::is_import_under_way(*parts_.base)) return;
  throw CollectionFastPersistError(ErrorCode::foreign,
                                   base_path_.string() +
                                       " was written by the reference implementation and has to move in first: open it "
                                       "for writing once.");
}

void ReadOnlyStore::open_tables() {
  auto history = open_as_it_is(
      model::kHistoryFile, [&] { return parts_.tables->open_history(model::parse_schema(config_.extra_schema), ""); });
  store_id_ = history->meta().store_id;
  history_watermark_ = history->meta().watermark;
  auto latest =
      open_as_it_is(model::kLatestFile, [&] { return parts_.tables->open_latest(history->schema(), store_id_); });
  latest_watermark_ = latest->meta().watermark;
  if (latest_watermark_ > history_watermark_) {
    throw unhealed(model::kHistoryFile, "it ends at record " + std::to_string(history_watermark_) +
                                            ", and storage_latest.duckdb at " + std::to_string(latest_watermark_));
  }
  tables_.replace_history([&] { return std::move(history); });
  tables_.replace_latest([&] { return std::move(latest); });
  unflushed_ = std::make_unique<flush::UnflushedSet>(config_.max_unflushed_bytes, latest_watermark_);
  // No pin: nothing that latest lacks is ever forgotten here.
  const auto load = [this](std::string_view key, std::optional<std::string_view> collection) {
    return cache::Snapshot{tables_.with_latest([&](tables::LatestTable& table) { return table.load(key, collection); }),
                           nullptr};
  };
  cache_ = std::make_unique<cache::Cache>(
      load, cache::Bound{config_.max_cache_bytes.value_or(UINT64_MAX), [this] { return latest_watermark_; }});
}

void ReadOnlyStore::take_history() {
  if (latest_watermark_ == history_watermark_) return;
  tables_.with_history([&](tables::HistoryTable& history) {
    history.read(latest_watermark_, history_watermark_, [&](tables::HistoryRecord&& row) {
      hold({&row.record, 1}, false);
    });
  });
}

void ReadOnlyStore::take_log(recovery::LogInventory& inventory) {
  recovery::LogReplay replay(
      inventory, store_id_, history_watermark_,
      [this](std::span<model::Record> records, bool atomic) { hold(records, atomic); }, report());
  make_durable(inventory, history_watermark_);
  replayed_ = replay.preview();
  log_files_ = inventory.files;
  log_bytes_ = inventory.log_bytes;
  set_aside_bytes_ = inventory.set_aside_bytes;
  if (replayed_.torn_bytes == 0) return;
  report()(LogLevel::warning, "The log ends in a torn tail of " + std::to_string(replayed_.torn_bytes) +
                                  " bytes, never acknowledged, which is left where it is");
}

void ReadOnlyStore::hold(std::span<model::Record> records, bool atomic) {
  std::uint64_t bytes = 0;
  for (const model::Record& record : records) bytes += model::footprint_bytes(record);
  if (!unflushed_->try_reserve(bytes)) {
    throw CollectionFastPersistError(
        ErrorCode::overloaded, "What the latest table lacks takes more memory than max_unflushed_bytes, which is " +
                                   std::to_string(config_.max_unflushed_bytes) +
                                   ". Raise it, or open the store for writing once.");
  }
  cache_->apply(records, atomic);
  unflushed_->append(records);
}

}  // namespace cfp::engine
