#include "tables/duckdb/history_table.h"

#include <algorithm>

#include "base/check.h"
#include "base/failpoint.h"
#include "base/mutant.h"
#include "tables/duckdb/chunk_appender.h"
#include "tables/duckdb/columns.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/read_only_query.h"
#include "tables/duckdb/row_reader.h"

namespace cfp::tables::duckdb {

namespace {

/// Sequences that are read at once, and the text they may hold: results are materialised.
constexpr std::uint64_t kWindowSequences = 16384;
constexpr std::uint64_t kWindowBytes = 64ULL << 20U;
/// The same where somebody keeps them, to take one after another.
constexpr std::uint64_t kPageSequences = 4096;
constexpr std::uint64_t kPageBytes = 16ULL << 20U;

std::string between(std::uint64_t after, std::uint64_t through) {
  return " FROM storage_history WHERE cfp_seq > " + std::to_string(after) +
         " AND cfp_seq <= " + std::to_string(through);
}

}  // namespace

DuckDbHistory::DuckDbHistory(TableFile file)
    : live_(std::move(file.live)),
      schema_(std::move(file.schema)),
      was_closed_cleanly_(file.was_closed_cleanly),
      meta_(std::move(file.meta)) {
  wanted_.attach_to(live_->writer());
}

Meta DuckDbHistory::meta() {
  const std::lock_guard lock(meta_mutex_);
  return meta_.meta;
}

void DuckDbHistory::append(std::span<const VersionedRecord> records) {
  if (records.empty()) return;
  const auto turn = live_->take_turn();
  MetaRow next = meta_;  // whoever has the turn writes it
  for (const VersionedRecord& row : records) {
    CFP_CHECK(row.record->sequence() > next.meta.watermark);
    next.meta.watermark = row.record->sequence();
    add_row(next.meta, next.meta.watermark);
  }
  translated(live_->name(), [&] {
    Transaction transaction(live_->writer());
    ChunkAppender rows(live_->writer(), nullptr, "storage_history");
    for (const VersionedRecord& row : records) {
      append_history_row(rows, *row.record, row.version, row.previous_sequence, schema_);
    }
    rows.close();
    if (!CFP_MUTANT("watermark_in_another_transaction")) change_meta(live_->writer(), TableKind::history, meta_, next);
    CFP_FAILPOINT("history.append.before_commit");
    transaction.commit();
    CFP_FAILPOINT("history.append.after_commit");
    if (CFP_MUTANT("watermark_in_another_transaction")) change_meta(live_->writer(), TableKind::history, meta_, next);
  });
  {
    const std::lock_guard lock(meta_mutex_);
    meta_ = next;
  }
  translated(live_->name(), [&] { live_->look_after_log(); });
}

void DuckDbHistory::read(std::uint64_t after, std::uint64_t through, const std::function<void(HistoryRecord&&)>& sink) {
  translated(live_->name(), [&] {
    while (after < through) {
      // Sequences may jump: the window begins before the next one there is.
      std::uint64_t next = 0;
      {
        LiveFile::Lease lease = live_->lease();
        Result first = lease->connection().run("SELECT coalesce(min(cfp_seq), 0)::UBIGINT" + between(after, through));
        next = first.next().column(0).at<std::uint64_t>(0);
      }
      if (next == 0) return;
      const std::uint64_t end = through - next < kWindowSequences ? through : next + kWindowSequences - 1;
      read_window({next - 1, end}, sink);
      after = end;
    }
  });
}

void DuckDbHistory::read_window(const Window& window, const std::function<void(HistoryRecord&&)>& sink) {
  const std::string range = between(window.after, window.through);
  std::optional<Result> result;
  {
    LiveFile::Lease lease = live_->lease();
    Result size = lease->connection().run(
        "SELECT coalesce(sum(strlen(\"data\") + coalesce(strlen(value_string), 0)), 0)::UBIGINT" + range);
    const bool small = size.next().column(0).at<std::uint64_t>(0) <= kWindowBytes;
    if (small || window.through - window.after == 1) {
      result = lease->connection().run("SELECT " + history_select(schema_) + range + " ORDER BY cfp_seq");
    }
  }
  if (!result) {
    const std::uint64_t middle = window.after + (window.through - window.after) / 2;
    read_window({window.after, middle}, sink);
    return read_window({middle, window.through}, sink);
  }
  while (const Chunk chunk = result->next()) read_history_rows(chunk, schema_, sink);
}

std::uint64_t DuckDbHistory::read_next(std::uint64_t after, std::uint64_t through,
                                       const std::function<void(HistoryRecord&&)>& sink) {
  return translated(live_->name(), [&] {
    std::optional<Result> result;
    std::uint64_t end = after;
    {
      LiveFile::Lease lease = live_->lease();
      const auto ask = [&](const std::string& what, std::uint64_t last) {
        Result answer = lease->connection().run("SELECT coalesce(" + what + ", 0)::UBIGINT" + between(after, last));
        return answer.next().column(0).at<std::uint64_t>(0);
      };
      const auto window_end = [&] { return through - after < kPageSequences ? through : after + kPageSequences; };
      end = window_end();
      if (ask("count(*)", end) == 0) {
        // Sequences may jump.
        const std::uint64_t next = end == through ? 0 : ask("min(cfp_seq)", through);
        if (next == 0) return through;
        after = next - 1;
        end = window_end();
      }
      // What is left out below the half of a window is read next.
      while (end - after > 1 && ask("sum(strlen(\"data\") + coalesce(strlen(value_string), 0))", end) > kPageBytes) {
        end = after + (end - after) / 2;
      }
      result = lease->connection().run("SELECT " + history_select(schema_) + between(after, end) + " ORDER BY cfp_seq");
    }
    while (const Chunk chunk = result->next()) read_history_rows(chunk, schema_, sink);
    return end;
  });
}

std::vector<std::uint64_t> DuckDbHistory::missing(std::span<const std::uint64_t> sequences) {
  const auto turn = live_->take_turn();
  return translated(live_->name(), [&] {
    const Connection& connection = live_->writer();
    connection.run("CREATE OR REPLACE TEMP TABLE wanted (seq UBIGINT)");
    ChunkAppender rows(connection, "temp", "wanted");
    for (const std::uint64_t sequence : sequences) {
      rows.number(sequence);
      rows.end_row();
    }
    rows.close();
    Result result = connection.run(
        "SELECT w.seq FROM temp.wanted AS w ANTI JOIN storage_history AS h ON h.cfp_seq = w.seq ORDER BY w.seq");
    std::vector<std::uint64_t> out;
    while (const Chunk chunk = result.next()) {
      for (idx_t i = 0; i < chunk.rows(); ++i) out.push_back(chunk.column(0).at<std::uint64_t>(i));
    }
    connection.run("DROP TABLE temp.wanted");
    return out;
  });
}

bool DuckDbHistory::is_healthy() {
  const LiveFile::Lease lease = live_->lease();
  return scan_is_healthy(lease->connection(), TableKind::history);
}

std::uint64_t DuckDbHistory::row_bound() {
  const LiveFile::Lease lease = live_->lease();
  return translated(live_->name(), [&] { return duckdb::row_bound(lease->connection(), TableKind::history); });
}

bool DuckDbHistory::scan(std::uint64_t from, std::uint64_t count) {
  const LiveFile::Lease lease = live_->lease();
  return scan_rows(lease->connection(), TableKind::history, from, count);
}

void DuckDbHistory::checkpoint() {
  const auto turn = live_->take_turn();
  CFP_FAILPOINT("history.before_checkpoint");
  translated(live_->name(), [&] { live_->checkpoint(); });
  CFP_FAILPOINT("history.after_checkpoint");
}

Meta DuckDbHistory::copy(const ByteSink& sink) {
  Meta copied;
  translated(live_->name(), [&] { live_->copy([&] { copied = meta(); }, sink); });
  return copied;
}

std::unique_ptr<QueryConnection> DuckDbHistory::connect_read_only(bool with_latest) {
  return make_query_connection(live_, with_latest ? latest_of_history(schema_) : "");
}

}  // namespace cfp::tables::duckdb
