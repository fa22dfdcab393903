#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "cache/cache.h"
#include "cfp/collection_fast_persist.h"
#include "engine/store_call.h"
#include "history/change_feed.h"
#include "history/past_sources.h"

namespace cfp::engine {

/// What an open store offers, whether for writing (`Engine`) or for reading only (`ReadOnlyStore`): the calls of
/// CollectionFastPersist, which end here.
/// Threads, durability and failure: as CollectionFastPersist says.
class OpenStore {
 public:
  /// `both` is history, with latest computed of it.
  enum class Table { history, latest, both };

  OpenStore() = default;
  OpenStore(const OpenStore&) = delete;
  OpenStore& operator=(const OpenStore&) = delete;
  virtual ~OpenStore() = default;

  virtual std::uint64_t store(std::string_view key, std::string_view data, std::string_view item_name,
                              std::string_view collection_name, const Value& value,
                              const std::optional<Timestamp>& timestamp,
                              const std::optional<std::string_view>& username,
                              std::optional<Durability> durability) = 0;
  virtual BatchResult commit(const Batch& batch, std::optional<Durability> durability) = 0;
  virtual void sync() = 0;
  /// Of the key when no collection is named.
  virtual std::uint64_t delete_all(std::string_view key, const std::optional<std::string_view>& collection_name,
                                   const std::optional<std::string_view>& username, const ChangeOptions& options) = 0;
  virtual std::uint64_t restore_item(std::string_view key, std::string_view collection_name, std::string_view item_name,
                                     std::uint32_t version, const std::optional<std::string_view>& username,
                                     const ChangeOptions& options) = 0;
  virtual void store_async(StoreCall call) = 0;
  [[nodiscard]] virtual cache::Cache& readable_cache() = 0;
  [[nodiscard]] virtual history::PastSources past() = 0;
  [[nodiscard]] virtual history::ChangeFeed& changes() = 0;

  virtual void flush() = 0;
  /// Has the table show everything that was acknowledged before the call. Throws `read_only` where that cannot be.
  virtual void settle(Table table) = 0;
  /// Throws what `commit` would refuse the change for, whatever is stored; changes nothing.
  virtual void check(const Batch::Change& change) const = 0;
  [[nodiscard]] virtual QueryResult query(Table table, std::string_view sql, const std::vector<Value>& parameters,
                                          const QueryLimits& limits) = 0;
  [[nodiscard]] virtual bool is_healthy(const std::filesystem::path& path, std::string_view table_name) = 0;
  virtual std::uint64_t rebuild_history_from_wal(const Date& date) = 0;
  virtual std::uint64_t rebuild_latest() = 0;
  [[nodiscard]] virtual Stats stats() const = 0;
  virtual BackupInfo back_up() = 0;
  [[nodiscard]] virtual std::vector<BackupInfo> list_backups(bool verify) = 0;
  virtual void close() = 0;

  [[nodiscard]] virtual bool forked() const noexcept = 0;
  [[nodiscard]] virtual const std::filesystem::path& base_dir() const noexcept = 0;
  [[nodiscard]] virtual const Date& date() const noexcept = 0;
  [[nodiscard]] virtual const CollectionConfig& config() const noexcept = 0;

 protected:
  /// Throws `forked` or `closed`.
  void refuse_unless_usable(bool closed) const;
  /// Which of the two live tables the path is; nothing for any other file. Throws `invalid_argument` for a live file
  /// under the other table's name: opening it again would drop DuckDB's lock.
  [[nodiscard]] std::optional<Table> live_table(const std::filesystem::path& path, std::string_view table_name) const;
};

}  // namespace cfp::engine
