// How an open store uses the room of backups: what it lends it, and when.

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "backup/catalog.h"
#include "engine/base_directory.h"
#include "engine/engine.h"
#include "engine/segment_listing.h"
#include "model/layout.h"
#include "recovery/table_opening.h"
#include "tables/duckdb/duckdb_tables.h"

namespace cfp::engine {
namespace {

/// By name, since opening a live table file drops DuckDB's lock on it.
std::uint64_t size_of(const std::filesystem::path& file) {
  std::error_code cause;
  const auto size = std::filesystem::file_size(file, cause);
  return cause ? 0 : size;
}

std::uint64_t difference(std::uint64_t more, std::uint64_t less) { return more - std::min(more, less); }

}  // namespace

void Engine::start_backups() {
  backup::BackupOptions options{date_,
                                store_id_,
                                config_.retain_days,
                                config_.archive_wal,
                                config_.backup_log_bytes,
                                std::chrono::milliseconds(std::max<std::int64_t>(
                                    1, static_cast<std::int64_t>(config_.backup_interval_seconds * 1000)))};
  backup::StoreView view;
  view.running.copy_history = [this](const tables::ByteSink& sink) {
    return copy_beside_flushes([&] { return tables_.with_history([&](auto& table) { return table.copy(sink); }); });
  };
  view.running.copy_latest = [this](const tables::ByteSink& sink) {
    return copy_beside_flushes([&] { return tables_.with_latest([&](auto& table) { return table.copy(sink); }); });
  };
  view.running.pace = tables::Pace::beside_stores;
  // A flush may wait for the end of the copy, and stores for the flush: longer than for the disk.
  view.running.is_waited_for = [this] { return unflushed_->bytes() > unflushed_->max_bytes() / 2; };
  view.segments = [this] { return sealed_segments(); };
  view.last_sequence = [this] { return writer_->numbers().last_sequence; };
  view.log_bytes = [this] { return difference(live_log_bytes(), writer_->numbers().segment_bytes); };
  const auto bytes_of_both = [this](const std::string& suffix) {
    std::uint64_t bytes = 0;
    for (const auto file : {model::kHistoryFile, model::kLatestFile}) {
      bytes += size_of(base_path_ / (std::string(file) + suffix));
    }
    return bytes;
  };
  view.table_bytes = [=] { return bytes_of_both(""); };
  view.table_log_bytes = [=] { return bytes_of_both(".wal"); };
  view.free_bytes = [this]() -> std::optional<std::uint64_t> {
    std::error_code cause;
    const auto space = std::filesystem::space(base_path_, cause);
    if (cause) return std::nullopt;
    return difference(space.available, 2 * config_.max_wal_size);
  };
  view.damage_found = [this] { recovery::mark_for_check(*parts_.base); };
  view.log = report();
  backups_ = std::make_unique<backup::Backups>(*parts_.base, *parts_.tables, *parts_.environment.clock,
                                               std::move(options), std::move(view));
  backups_->start(*parts_.environment.background);
}

/// With everything acknowledged before in it.
tables::Meta Engine::copy_beside_flushes(const std::function<tables::Meta()>& copy) {
  flusher_->update_latest();
  try {
    return copy();
  } catch (...) {
    if (!backups_->is_stopped()) flusher_->reopen();
    throw;
  }
}

/// Numbers of records are never given twice. Somebody may have put an older history file back, and then the newest
/// backup has numbers that neither the tables nor the log know of.
std::vector<backup::Segment> Engine::sealed_segments() {
  const auto log = writer_->numbers();  // before the listing: what is begun after this is taken for unsealed
  // The active one of a store that is closed is sealed, unless nobody knows what it holds.
  const bool is_sealed = writer_closed_ && !writer_->failed();
  const std::uint64_t active = log.segment == 0 ? replayed_.position.next_segment : log.segment;
  return list_segments(*parts_.base, store_id_, log.last_sequence,
                       is_sealed ? std::nullopt : std::optional(UnsealedSegments{date_, active}));
}

std::uint64_t Engine::live_log_bytes() const {
  return difference(earlier_log_bytes_ + writer_->numbers().bytes_written, backups_->numbers().retired_bytes);
}

BackupInfo Engine::back_up() {
  check_usable();
  try {
    return backups_->make();
  } catch (const std::system_error& error) {
    throw describe(error, base_path_);
  }
}

std::vector<BackupInfo> Engine::list_backups(bool verify) {
  check_usable();
  try {
    auto backups = backup::find_backups(*parts_.base, *parts_.tables);
    if (verify) backup::verify_backups(backups, *parts_.tables);
    return backups;
  } catch (const std::system_error& error) {
    throw describe(error, base_path_);
  }
}

/// What was left on the disk is copied as it lies there, and is to hold what the tables held when they were closed: the
/// reading back of the copy, which has the same bytes, tells whether it does, and that the files open.
std::optional<CollectionFastPersistError> Engine::back_up_closed(backup::Messages& messages) {
  backup::TableAccess closed;
  const auto copy = [this](const tables::Meta& held, std::string_view table, const tables::ByteSink& sink) {
    parts_.tables->copy(table, sink);
    return held;
  };
  closed.copy_history = [&](const tables::ByteSink& sink) { return copy(closed_history_, model::kHistoryTable, sink); };
  closed.copy_latest = [&](const tables::ByteSink& sink) { return copy(closed_latest_, model::kLatestTable, sink); };
  const std::string outcome = "The store is closed and nothing is lost, but no backup was made, and the log stays. ";
  try {
    backups_->make_at_close(closed, messages);
    return std::nullopt;
  } catch (const CollectionFastPersistError& error) {
    return CollectionFastPersistError(error.code(), outcome + error.what());
  } catch (const std::system_error& error) {
    const auto described = describe(error, base_path_);
    return CollectionFastPersistError(described.code(), outcome + described.what());
  } catch (const std::exception& error) {
    return CollectionFastPersistError(ErrorCode::io, outcome + error.what());
  }
}

}  // namespace cfp::engine

namespace cfp {

std::vector<BackupInfo> list_backups(const std::filesystem::path& base_dir, bool verify) {
  std::error_code cause;
  if (!std::filesystem::is_directory(base_dir, cause)) {
    throw CollectionFastPersistError(ErrorCode::invalid_argument,
                                     "There is no directory " + base_dir.string() + "; nothing was made.");
  }
  try {
    const auto base = os::open_base_directory(base_dir);
    const CollectionConfig defaults;
    const auto tables = tables::make_duckdb_tables(
        {std::filesystem::canonical(base_dir), defaults.duckdb_memory_limit_bytes, defaults.duckdb_threads});
    auto backups = backup::find_backups(*base, *tables);
    if (verify) backup::verify_backups(backups, *tables);
    return backups;
  } catch (const std::system_error& error) {
    throw engine::describe(error, base_dir);
  }
}

}  // namespace cfp
