#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "engine/open_store.h"
#include "flush/open_tables.h"
#include "flush/unflushed_set.h"
#include "os/file_system.h"
#include "os/store_lock.h"
#include "recovery/log_inventory.h"
#include "recovery/log_replay.h"
#include "tables/table_store.h"

namespace cfp::engine {

/// Opens the store in `config.base_dir` without making or changing anything, beside any number of other readers.
/// Throws: locked (a writer holds it; says who, and which backup can be read instead), invalid_argument (no store),
/// corrupt (what an open for writing would heal), and as CollectionFastPersist's constructor.
std::unique_ptr<OpenStore> open_read_only(const Date& date, CollectionConfig config);

/// What a reader stands on.
struct ReadOnlyParts {
  std::unique_ptr<os::Directory> base;  ///< Through which nothing can be changed.
  std::unique_ptr<os::StoreLock> lock;  ///< Shared with other readers.
  std::unique_ptr<tables::TableStore> tables;
};

/// A store that is open for reading only. The latest table as it lies there, with what it lacks in memory on top: the
/// rows of history above its watermark, then the log above history's. Calls that would change something throw
/// `read_only`.
/// Threads: as CollectionFastPersist says.
/// Failure: a table that lacks acknowledged records is not queried; the error says how many, and the next step.
class ReadOnlyStore final : public OpenStore {
 public:
  ReadOnlyStore(const Date& date, CollectionConfig config, ReadOnlyParts parts);
  ~ReadOnlyStore() override;

  std::uint64_t store(std::string_view key, std::string_view data, std::string_view item_name,
                      std::string_view collection_name, const Value& value, const std::optional<Timestamp>& timestamp,
                      const std::optional<std::string_view>& username, std::optional<Durability> durability) override;
  BatchResult commit(const Batch& batch, std::optional<Durability> durability) override;
  void sync() override { check_usable(); }
  std::uint64_t delete_all(std::string_view key, const std::optional<std::string_view>& collection_name,
                           const std::optional<std::string_view>& username, const ChangeOptions& options) override;
  std::uint64_t restore_item(std::string_view key, std::string_view collection_name, std::string_view item_name,
                             std::uint32_t version, const std::optional<std::string_view>& username,
                             const ChangeOptions& options) override;
  void store_async(StoreCall call) override;
  [[nodiscard]] cache::Cache& readable_cache() override;
  [[nodiscard]] history::PastSources past() override { return {readable_cache(), *unflushed_, tables_}; }
  [[nodiscard]] history::ChangeFeed& changes() override;

  void flush() override;
  void settle(Table table) override;
  void check(const Batch::Change& change) const override;
  [[nodiscard]] QueryResult query(Table table, std::string_view sql, const std::vector<Value>& parameters,
                                  const QueryLimits& limits = {}) override;
  [[nodiscard]] bool is_healthy(const std::filesystem::path& path, std::string_view table_name) override;
  std::uint64_t rebuild_history_from_wal(const Date& date) override;
  std::uint64_t rebuild_latest() override;
  [[nodiscard]] Stats stats() const override;
  BackupInfo back_up() override;
  [[nodiscard]] std::vector<BackupInfo> list_backups(bool verify) override;
  void close() override;

  [[nodiscard]] bool forked() const noexcept override { return parts_.lock && parts_.lock->forked(); }
  [[nodiscard]] const std::filesystem::path& base_dir() const noexcept override { return base_path_; }
  [[nodiscard]] const Date& date() const noexcept override { return date_; }
  [[nodiscard]] const CollectionConfig& config() const noexcept override { return config_; }

 private:
  void open();
  void check_is_ours(const recovery::LogInventory& inventory);
  void open_tables();
  void take_history();
  void take_log(recovery::LogInventory& inventory);
  void hold(std::span<model::Record> records, bool atomic);
  void check_usable() const { refuse_unless_usable(closed_.load(std::memory_order_acquire)); }
  [[noreturn]] void refuse(const char* call) const;
  [[nodiscard]] recovery::Report report() const;

  const Date date_;
  const CollectionConfig config_;
  ReadOnlyParts parts_;
  const std::filesystem::path base_path_;
  std::string store_id_;
  std::uint64_t history_watermark_ = 0, latest_watermark_ = 0;
  recovery::ReplayResult replayed_;
  std::uint64_t log_files_ = 0, log_bytes_ = 0, set_aside_bytes_ = 0;

  flush::OpenTables tables_;
  std::unique_ptr<flush::UnflushedSet> unflushed_;  // what latest lacks
  std::unique_ptr<cache::Cache> cache_;

  std::atomic<bool> closed_{false};
  std::mutex close_mutex_;
};

}  // namespace cfp::engine
