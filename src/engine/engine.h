#pragma once

// The hall: joins the rooms and owns what lives as long as an open store. It decides nothing itself; each step of
// opening, storing, reading and closing is a room's.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "backup/backups.h"
#include "cfp/collection_fast_persist.h"
#include "engine/answered_requests.h"
#include "engine/async_stores.h"
#include "engine/compared_write.h"
#include "engine/delayed_sync.h"
#include "engine/engine_parts.h"
#include "engine/open_store.h"
#include "engine/table_health.h"
#include "flush/flusher.h"
#include "model/encoder.h"
#include "recovery/log_inventory.h"
#include "recovery/log_replay.h"
#include "wal/group_commit.h"
#include "wal/segment_writer.h"

namespace cfp::engine {

/// An open store. Threads, durability and failure: as CollectionFastPersist, whose calls end here.
class Engine final : public OpenStore {
 public:
  Engine(const Date& date, CollectionConfig config, EngineParts parts);
  ~Engine() override;

  std::uint64_t store(std::string_view key, std::string_view data, std::string_view item_name,
                      std::string_view collection_name, const Value& value, const std::optional<Timestamp>& timestamp,
                      const std::optional<std::string_view>& username, std::optional<Durability> durability) override;
  BatchResult commit(const Batch& batch, std::optional<Durability> durability) override;
  void sync() override;
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
  void close() override { close(config_.backup_on_close); }

  [[nodiscard]] bool forked() const noexcept override { return parts_.lock && parts_.lock->forked(); }
  [[nodiscard]] const std::filesystem::path& base_dir() const noexcept override { return base_path_; }
  [[nodiscard]] const Date& date() const noexcept override { return date_; }
  [[nodiscard]] const CollectionConfig& config() const noexcept override { return config_; }

 private:
  void open();
  recovery::LogInventory prepare_log();
  recovery::LogInventory move_in(const recovery::LogInventory& inventory);
  bool open_tables(recovery::LogInventory& inventory);
  void remember_requests();
  void start_scan();
  void start_flusher();
  void open_log(recovery::LogInventory& inventory);
  std::int64_t last_updated_at_us(std::uint64_t sequence);
  void check_usable() const;
  void start_async_stores();
  [[nodiscard]] model::Record encode(const model::StoreInput& input, Timestamp now) const;
  [[nodiscard]] model::Record encode(const Batch::Change& change, Timestamp now) const;
  [[nodiscard]] ComparedWrite::Part part_of(const Batch::Change& change, Timestamp now) const;
  BatchResult commit(std::vector<ComparedWrite::Part> parts, Durability durability);
  BatchResult commit(ComparedWrite& write, Durability durability);
  std::vector<StoreOutcome> commit_each(std::vector<ComparedWrite::Part> parts, Durability durability);
  std::vector<std::shared_ptr<const void>> hold_items(const ComparedWrite& write);
  BatchResult commit(ConditionalWrite& write, const std::function<void()>& load, Durability durability);
  void check_size(const model::Record& record) const;
  std::uint64_t commit(std::span<model::Record> records, Durability durability);
  std::uint64_t in_mode(Durability durability, const std::function<std::uint64_t(wal::Wait)>& commit);
  void start_delayed_sync();
  void sync_log(std::uint64_t through);
  void reserve(std::uint64_t bytes);
  void publish(std::span<const wal::LineBatch> group);
  void publish(std::span<model::Record> records, bool atomic);
  void count(std::span<const wal::LineBatch> group);
  void start_backups();
  tables::Meta copy_beside_flushes(const std::function<tables::Meta()>& copy);
  [[nodiscard]] std::vector<backup::Segment> sealed_segments();
  [[nodiscard]] std::uint64_t live_log_bytes() const;
  void close(bool with_backup);
  void close_tables();
  std::optional<CollectionFastPersistError> back_up_closed(backup::Messages& messages);
  void log(LogLevel level, const std::string& message) const;
  [[nodiscard]] recovery::Report report() const;

  const Date date_;
  const CollectionConfig config_;
  EngineParts parts_;
  const std::filesystem::path base_path_;
  std::unique_ptr<os::Directory> date_directory_;
  model::Schema schema_;
  std::string store_id_;
  recovery::ReplayResult replayed_;
  std::atomic<std::uint64_t> unfit_fields_{0}, stored_records_{0}, deleted_records_{0}, loads_{0};
  std::uint64_t healed_files_ = 0;
  bool history_is_unread_ = false, latest_is_unread_ = false;  // by the open: only their rows were counted
  std::uint64_t earlier_segments_ = 0, earlier_log_bytes_ = 0, set_aside_bytes_ = 0;

  AnsweredRequests requests_;
  flush::OpenTables tables_;
  std::unique_ptr<flush::UnflushedSet> unflushed_;
  std::unique_ptr<cache::Cache> cache_;
  std::unique_ptr<flush::Flusher> flusher_;
  std::unique_ptr<wal::SegmentWriter> writer_;
  std::unique_ptr<wal::GroupCommit> commit_;
  std::shared_ptr<history::ChangeFeed> changes_;  // watchers have it too
  std::atomic<bool> log_is_open_{false};          // and the three above are there for good
  std::unique_ptr<DelayedSync> delayed_sync_;
  bool tables_closed_ = false, writer_closed_ = false;  // by a close, which may have to be called again
  tables::Meta closed_history_, closed_latest_;         // of the tables when they were closed
  std::unique_ptr<backup::Backups> backups_;            // last: its background step uses all of the above
  TableHealth health_;

  std::unique_ptr<AsyncStores> async_stores_;  // after all that its step uses

  std::atomic<bool> closed_{false};  // no more calls
  std::mutex close_mutex_;
  bool released_ = false;  // closed to the end; guarded by close_mutex_
};

}  // namespace cfp::engine
