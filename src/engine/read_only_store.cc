#include "engine/read_only_store.h"

#include <system_error>

#include "backup/catalog.h"
#include "engine/base_directory.h"

namespace cfp::engine {

ReadOnlyStore::~ReadOnlyStore() { close(); }

recovery::Report ReadOnlyStore::report() const {
  return [this](LogLevel level, const std::string& message) {
    if (config_.log_sink) config_.log_sink(level, message);
  };
}

void ReadOnlyStore::refuse(const char* call) const {
  check_usable();
  throw CollectionFastPersistError(
      ErrorCode::read_only,
      std::string(call) + " changes the store, which was opened with read_only. Open it without, to write.");
}

std::uint64_t ReadOnlyStore::store(std::string_view /*key*/, std::string_view /*data*/, std::string_view /*item_name*/,
                                   std::string_view /*collection_name*/, const Value& /*value*/,
                                   const std::optional<Timestamp>& /*timestamp*/,
                                   const std::optional<std::string_view>& /*username*/,
                                   std::optional<Durability> /*durability*/) {
  refuse("store");
}

BatchResult ReadOnlyStore::commit(const Batch& /*batch*/, std::optional<Durability> /*durability*/) {
  refuse("a batch, delete or store");
}

std::uint64_t ReadOnlyStore::delete_all(std::string_view /*key*/,
                                        const std::optional<std::string_view>& /*collection_name*/,
                                        const std::optional<std::string_view>& /*username*/,
                                        const ChangeOptions& /*options*/) {
  refuse("delete_collection or delete_key");
}

std::uint64_t ReadOnlyStore::restore_item(std::string_view /*key*/, std::string_view /*collection_name*/,
                                          std::string_view /*item_name*/, std::uint32_t /*version*/,
                                          const std::optional<std::string_view>& /*username*/,
                                          const ChangeOptions& /*options*/) {
  refuse("restore_item");
}

void ReadOnlyStore::store_async(StoreCall /*call*/) { refuse("store_async"); }

void ReadOnlyStore::check(const Batch::Change& /*change*/) const { refuse("a batch, delete, store or import"); }

void ReadOnlyStore::flush() { refuse("flush_data_to_duckdb"); }

std::uint64_t ReadOnlyStore::rebuild_history_from_wal(const Date& /*date*/) { refuse("rebuild_history_from_wal"); }

std::uint64_t ReadOnlyStore::rebuild_latest() { refuse("rebuild_latest_from_history"); }

history::ChangeFeed& ReadOnlyStore::changes() {
  check_usable();
  throw CollectionFastPersistError(ErrorCode::read_only,
                                   "A store that was opened with read_only does not change, so there is nothing to "
                                   "watch. Watch it where it is open for writing; get_history and sql read its past.");
}

cache::Cache& ReadOnlyStore::readable_cache() {
  check_usable();
  return *cache_;
}

void ReadOnlyStore::settle(Table table) {
  check_usable();
  const bool of_history = table != Table::latest;
  const std::uint64_t lacking = unflushed_->count_after(of_history ? history_watermark_ : latest_watermark_);
  if (lacking == 0) return;
  throw CollectionFastPersistError(
      ErrorCode::read_only,
      std::string(of_history ? "storage_history" : "storage_latest") + " lacks the last " + std::to_string(lacking) +
          " acknowledged records, which are only in the " + (of_history ? "log" : "log or in storage_history") +
          ", and a store that is opened read-only cannot move them. get_key and get_item see them; for queries open "
          "the store for writing once and close it.");
}

QueryResult ReadOnlyStore::query(Table table, std::string_view sql, const std::vector<Value>& parameters,
                                 const QueryLimits& limits) {
  settle(table);
  if (table == Table::latest) {
    return tables_.with_latest(
        [&](auto& latest) { return latest.connect_read_only()->execute(sql, parameters, limits); });
  }
  return tables_.with_history(
      [&](auto& history) { return history.connect_read_only(table == Table::both)->execute(sql, parameters, limits); });
}

bool ReadOnlyStore::is_healthy(const std::filesystem::path& path, std::string_view table_name) {
  check_usable();
  const auto live = live_table(path, table_name);
  if (!live) return parts_.tables->is_healthy_file(path, table_name);
  const auto scan = [](auto& table) { return table.is_healthy(); };
  return *live == Table::history ? tables_.with_history(scan) : tables_.with_latest(scan);
}

BackupInfo ReadOnlyStore::back_up() { refuse("backup"); }

std::vector<BackupInfo> ReadOnlyStore::list_backups(bool verify) {
  check_usable();
  try {
    auto backups = backup::find_backups(*parts_.base, *parts_.tables);
    if (verify) backup::verify_backups(backups, *parts_.tables);
    return backups;
  } catch (const std::system_error& error) {
    throw describe(error, base_path_);
  }
}

Stats ReadOnlyStore::stats() const {
  check_usable();
  Stats stats;
  stats.cache_size = cache_->keys();
  stats.cache_bytes = cache_->bytes();
  stats.evicted_collections = cache_->evicted();
  stats.unflushed_records = unflushed_->count_after(history_watermark_);
  stats.pending_writes = (stats.unflushed_records + config_.batch_size - 1) / config_.batch_size;
  stats.modified_records = unflushed_->items_after(latest_watermark_);
  stats.wal_files_count = log_files_;
  stats.last_sequence = replayed_.position.last_sequence;
  stats.history_watermark = history_watermark_;
  stats.latest_watermark = latest_watermark_;
  stats.unflushed_bytes = unflushed_->bytes();
  stats.log_bytes = log_bytes_;
  stats.set_aside_bytes = set_aside_bytes_;
  stats.torn_bytes = replayed_.torn_bytes;
  stats.recovered_records = replayed_.recovered_records;
  // Looked for only here: each backup is opened for it, which most who open a store for reading have no use for.
  try {
    const auto backups = backup::readable_backups_of(store_id_, backup::find_backups(*parts_.base, *parts_.tables));
    if (backups.empty()) return stats;
    stats.last_backup_at = backups.front().made_at;
    stats.last_backup_watermark = backups.front().watermark;
  } catch (const std::system_error& error) {
    throw describe(error, base_path_);
  }
  return stats;
}

void ReadOnlyStore::close() {
  if (forked()) return;
  const std::lock_guard lock(close_mutex_);
  closed_.store(true, std::memory_order_release);
  tables_.close();
  if (parts_.lock) parts_.lock->release();
}

}  // namespace cfp::engine
