// Opening a store, step by step. Any step may be killed: each finds what the one before left, and can be repeated.

#include <system_error>

#include "base/check.h"
#include "base/failpoint.h"
#include "engine/base_directory.h"
#include "engine/config_check.h"
#include "engine/engine.h"
#include "model/encoder.h"
#include "model/layout.h"
#include "recovery/reference_import.h"
#include "recovery/repair_plan.h"
#include "recovery/store_restore.h"
#include "recovery/table_opening.h"
#include "tables/duckdb/duckdb_tables.h"

namespace cfp::engine {
namespace {

std::chrono::milliseconds interval_of(double seconds) {
  return std::max(std::chrono::milliseconds(1), std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000)));
}

/// The lock decides before anything is made but the directory itself.
std::unique_ptr<os::Directory> open_base(const os::Environment& environment, const CollectionConfig& config) {
  auto base = environment.open_base_directory(config.base_dir);
  check_local_disk(config.base_dir, config.allow_network_fs);
  return base;
}

}  // namespace

EngineParts make_system_parts(const Date& date, const CollectionConfig& config) {
  check_config(config);
  try {
    EngineParts parts;
    parts.environment = os::make_system_environment();
    parts.base = open_base(parts.environment, config);
    parts.lock = lock_store(config.base_dir, *parts.base, date);
    parts.tables = tables::make_duckdb_tables(
        {std::filesystem::canonical(config.base_dir), config.duckdb_memory_limit_bytes, config.duckdb_threads});
    parts.make_store_id = make_store_id;
    return parts;
  } catch (const std::system_error& error) {
    throw describe(error, config.base_dir);
  }
}

Engine::Engine(const Date& date, CollectionConfig config, EngineParts parts)
    : date_(date),
      config_(std::move(config)),
      parts_(std::move(parts)),
      base_path_(parts_.base->path()),
      health_(*parts_.base, report()) {
  check_config(config_, parts_.least_cache_bytes);
  try {
    open();
  } catch (const std::system_error& error) {
    throw describe(error, base_path_);
  }
}

void Engine::open() {
  schema_ = model::parse_schema(config_.extra_schema);
  recovery::LogInventory inventory = prepare_log();
  CFP_FAILPOINT("open.before_tables");
  if (!open_tables(inventory)) {
    inventory = move_in(inventory);
    CFP_CHECK(open_tables(inventory));
  }
  CFP_FAILPOINT("open.before_replay");
  start_flusher();
  open_log(inventory);
  start_scan();
  start_backups();
  start_delayed_sync();
  start_async_stores();
  write_lock_note(*parts_.base, date_);
  CFP_FAILPOINT("open.done");
}

recovery::LogInventory Engine::prepare_log() {
  recovery::refuse_half_restored(*parts_.base);
  recovery::finish_repair(*parts_.base);
  recovery::LogInventory inventory = recovery::take_inventory(*parts_.base, report());
  // Whether a history is the reference implementation's is seen when it is opened.
  const bool is_reference_log =
      inventory.segments.empty() && !parts_.tables->has_history() && !inventory.reference.empty();
  if (is_reference_log || recovery::is_import_under_way(*parts_.base)) return move_in(inventory);
  return inventory;
}

recovery::LogInventory Engine::move_in(const recovery::LogInventory& inventory) {
  recovery::import_reference(*parts_.base, *parts_.tables, inventory,
                             {date_, parts_.make_store_id(), config_.max_wal_size}, report());
  return recovery::take_inventory(*parts_.base, report());
}

/// False when the tables have to move in first.
bool Engine::open_tables(recovery::LogInventory& inventory) {
  auto opened = recovery::open_tables(*parts_.base, *parts_.tables, inventory,
                                      {schema_, parts_.make_store_id, config_.on_damage,
                                       parts_.environment.background.get(), config_.add_missing_columns},
                                      report());
  if (opened.is_reference) return false;
  healed_files_ = opened.healed_files;
  history_is_unread_ = !opened.history_was_read;
  latest_is_unread_ = !opened.latest_was_read;
  schema_ = opened.history->schema();
  store_id_ = opened.history->meta().store_id;
  const std::uint64_t watermark = opened.history->meta().watermark;
  tables_.replace_history([&] { return std::move(opened.history); });
  tables_.replace_latest([&] { return std::move(opened.latest); });
  remember_requests();
  unflushed_ = std::make_unique<flush::UnflushedSet>(config_.max_unflushed_bytes, watermark);
  const auto load = [this](std::string_view key, std::optional<std::string_view> collection) {
    loads_.fetch_add(1, std::memory_order_relaxed);  // beside a load that is nothing
    cache::Snapshot snapshot;
    snapshot.pin = unflushed_->pin();  // before the snapshot is taken: what it lacks is then still here
    snapshot.collections = tables_.with_latest([&](tables::LatestTable& table) { return table.load(key, collection); });
    return snapshot;
  };
  cache_ = std::make_unique<cache::Cache>(load, cache::Bound{config_.max_cache_bytes.value_or(UINT64_MAX),
                                                             [this] { return unflushed_->trimmed_through(); }});
  return true;
}

/// Those of the table; the replay adds the rest.
void Engine::remember_requests() {
  const std::int64_t now = parts_.environment.clock->now().time_since_epoch().count();
  try {
    tables_.with_history([&](tables::HistoryTable& table) {
      for (const auto& answer : table.requests(now - AnsweredRequests::kLongestUs, AnsweredRequests::kMost)) {
        requests_.add(answer.id, answer.sequence, answer.updated_at_us);
      }
    });
  } catch (const CollectionFastPersistError& error) {
    if (error.code() != ErrorCode::corrupt) throw;
    // The store opens, as with any other damage that only a read of all rows finds; the next open heals it.
    health_.note_damage(model::kHistoryFile);
    log(LogLevel::error, std::string("Which requests were answered before this start is not known, so one that is "
                                     "repeated now is answered again: ") +
                             error.what());
  }
}

void Engine::start_flusher() {
  flush::FlushCalls calls;
  calls.open_history = [this] { return parts_.tables->open_history(schema_, store_id_); };
  calls.open_latest = [this] { return parts_.tables->open_latest(schema_, store_id_); };
  calls.forget = [this](std::span<const model::Record> records) { cache_->forget(records); };
  calls.log = report();
  // Not before recovery has come to its end: what it reads is in the log already.
  calls.sync_log = [this](std::uint64_t sequence) {
    if (log_is_open_.load(std::memory_order_acquire)) sync_log(sequence);
  };
  const std::uint64_t watermark = tables_.with_history([](auto& table) { return table.meta().watermark; });
  flusher_ = std::make_unique<flush::Flusher>(
      *unflushed_, tables_, *parts_.environment.clock,
      flush::FlushOptions{config_.batch_size, interval_of(config_.duckdb_flush_interval_seconds),
                          interval_of(config_.latest_interval_seconds), config_.max_cache_bytes.value_or(UINT64_MAX)},
      std::move(calls), watermark);
  flusher_->start(*parts_.environment.background);
}

/// When the record of that sequence was accepted, by the table: the log that had it may be gone.
std::int64_t Engine::last_updated_at_us(std::uint64_t sequence) {
  std::int64_t found = 0;
  tables_.with_history([&](tables::HistoryTable& table) {
    table.read(sequence - std::min<std::uint64_t>(sequence, 1), sequence,
               [&](tables::HistoryRecord&& row) { found = row.record.state->updated_at_us; });
  });
  return found;
}

void Engine::open_log(recovery::LogInventory& inventory) {
  const std::uint64_t watermark = tables_.with_history([](auto& table) { return table.meta().watermark; });
  recovery::LogReplay replay(
      inventory, store_id_, watermark,
      [this](std::span<model::Record> records, bool atomic) {
        std::uint64_t bytes = 0;
        for (model::Record& record : records) {
          unfit_fields_ += model::project(record, schema_);
          bytes += model::footprint_bytes(record);
        }
        reserve(bytes);
        publish(records, atomic);
        flusher_->notice();
      },
      report(), parts_.environment.background.get());
  replayed_ = replay.run();
  if (unfit_fields_ > 0) {
    log(LogLevel::warning, std::to_string(unfit_fields_) +
                               " fields of replayed records do not fit their column and are NULL there; data has them");
  }
  recovery::measure_log(inventory);
  earlier_segments_ = inventory.files;
  earlier_log_bytes_ = inventory.log_bytes;
  set_aside_bytes_ = inventory.set_aside_bytes;
  CFP_FAILPOINT("open.before_log");
  date_directory_ = parts_.base->open_directory(date_.to_string(), true);
  replayed_.position.next_segment = recovery::next_segment_number(*date_directory_);
  wal::LogPosition& position = replayed_.position;
  if (position.last_updated_at_us == 0) position.last_updated_at_us = last_updated_at_us(watermark);
  writer_ =
      std::make_unique<wal::SegmentWriter>(*date_directory_, *parts_.environment.background, *parts_.environment.clock,
                                           store_id_, config_.max_wal_size, replayed_.position);
  commit_ =
      std::make_unique<wal::GroupCommit>(*writer_, [this](std::span<const wal::LineBatch> group) { publish(group); });
  history::ChangeFeed::Calls calls;
  calls.synced_sequence = [this] { return writer_->numbers().synced_sequence; };
  calls.is_forked = [lock = parts_.lock] { return lock && lock->forked(); };
  calls.log_sink = config_.log_sink;
  changes_ =
      std::make_shared<history::ChangeFeed>(history::PastSources{*cache_, *unflushed_, tables_}, std::move(calls));
  log_is_open_.store(true, std::memory_order_release);
}

void Engine::start_delayed_sync() {
  delayed_sync_ = std::make_unique<DelayedSync>(*parts_.environment.background,
                                                std::chrono::milliseconds(config_.durability_interval_ms), [this] {
                                                  try {
                                                    sync_log(writer_->numbers().last_sequence);
                                                  } catch (const std::exception& error) {
                                                    log(LogLevel::error, error.what());
                                                  }
                                                });
}

void Engine::start_async_stores() {
  constexpr std::uint64_t kMib = 1024 * 1024;
  AsyncStores::Calls calls;
  calls.encode = [this](const Batch::Change& change, Timestamp now) { return part_of(change, now); };
  calls.commit = [this](std::vector<ComparedWrite::Part> parts, Durability durability) {
    return commit_each(std::move(parts), durability);
  };
  calls.cause_of_delay = [this] {
    const std::string error = flusher_->numbers().last_error;
    return error.empty() ? "The disk takes less than is stored." : "The tables take nothing: " + error;
  };
  calls.log = report();
  // A group must fit into the unflushed set, where a record needs more memory than here.
  const std::uint64_t group_bytes = std::min(4 * kMib, config_.max_unflushed_bytes / 8);
  async_stores_ = std::make_unique<AsyncStores>(
      *parts_.environment.background, *parts_.environment.clock,
      AsyncStores::Limits{16 * kMib, group_bytes,
                          std::chrono::milliseconds(static_cast<std::int64_t>(config_.store_timeout_seconds * 1000))},
      std::move(calls));
}

}  // namespace cfp::engine
