#include "tables/duckdb/latest_table.h"

#include <algorithm>
#include <limits>
#include <map>

#include "base/failpoint.h"
#include "base/hash.h"
#include "tables/duckdb/columns.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/read_only_query.h"
#include "tables/duckdb/row_reader.h"
#include "tables/duckdb/two_threads.h"

namespace cfp::tables::duckdb {

namespace {

/// One statement, so that rows and marks of deleted items come from one snapshot. Parameters: hash of the key, then of
/// the collection. The names are compared by whoever reads the rows: DuckDB would look for them in the dictionaries of
/// whole row groups, which takes longer than all the rest.
std::string load_statement(bool one_collection) {
  const std::string where =
      std::string(" WHERE cfp_key_hash = $1") + (one_collection ? " AND cfp_collection_hash = $2" : "");
  return "SELECT collection_name, cfp_version, cfp_first_seq, false, " + std::string(StateReader::kColumns) +
         ", \"key\" FROM storage_latest" + where +
         " UNION ALL SELECT collection_name, cfp_version, 0::UBIGINT, true, item_name, NULL::JSON, NULL::BIGINT, "
         "NULL::DOUBLE, NULL::VARCHAR, NULL::TIMESTAMP, NULL::TIMESTAMP, cfp_seq, \"key\" FROM cfp_deleted" +
         where;
}

constexpr std::uint64_t kAllRows = std::numeric_limits<std::int64_t>::max();

/// Parameters: from which row to which. Marks of deleted items are looked through with the last rows.
std::string lookup_statement() {
  const std::string columns = "SELECT \"key\", collection_name, item_name, cfp_version, cfp_seq, cfp_item_hash FROM ";
  const std::string filter = std::string(" WHERE ").append(WantedNames::kFilter);
  return columns + "storage_latest" + filter + " AND rowid >= $1::BIGINT AND rowid < $2::BIGINT UNION ALL " + columns +
         "cfp_deleted" + filter + " AND $2::BIGINT = " + std::to_string(kAllRows);
}

}  // namespace

DuckDbLatest::DuckDbLatest(TableFile file, std::function<std::unique_ptr<Instance>()> reopen)
    : live_(std::move(file.live)),
      schema_(std::move(file.schema)),
      was_closed_cleanly_(file.was_closed_cleanly),
      reopen_(std::move(reopen)),
      meta_(std::move(file.meta)) {
  wanted_.attach_to(live_->writer());
}

MetaRow DuckDbLatest::meta_row() {
  const std::lock_guard lock(meta_mutex_);
  return meta_;
}

Meta DuckDbLatest::meta() { return meta_row().meta; }
std::uint64_t DuckDbLatest::tail_rows() { return meta_row().tail_rows; }

std::uint64_t DuckDbLatest::tail_bound(std::uint64_t rows) noexcept {
  return std::clamp<std::uint64_t>(rows / 8, 524'288, 1'048'576);
}

bool DuckDbLatest::wants_sorting() {
  const MetaRow row = meta_row();
  return row.tail_rows > tail_bound(row.meta.rows);
}

LiveRows DuckDbLatest::live_rows() {
  return translated(live_->name(), [&] {
    std::optional<Result> result;
    {
      LiveFile::Lease lease = live_->lease();
      result = lease->connection().run(
          "SELECT watermark, cfp_seq, (strlen(\"data\") + coalesce(strlen(value_string), 0))::UBIGINT FROM cfp_meta "
          "LEFT JOIN storage_latest ON true ORDER BY cfp_seq");
    }
    LiveRows live;
    while (const Chunk chunk = result->next()) {
      const ColumnView watermarks = chunk.column(0), sequences = chunk.column(1), bytes = chunk.column(2);
      for (idx_t row = 0; row < chunk.rows(); ++row) {
        live.watermark = watermarks.at<std::uint64_t>(row);
        if (sequences.is_null(row)) continue;  // no item is there
        live.rows.push_back({sequences.at<std::uint64_t>(row), bytes.is_null(row) ? 0 : bytes.at<std::uint64_t>(row)});
      }
    }
    return live;
  });
}

std::vector<model::VersionBase> DuckDbLatest::version_bases(std::span<const ItemName> names) {
  std::vector<model::VersionBase> out(names.size());
  if (names.empty()) return out;
  return translated(live_->name(), [&] {
    const WantedNames::Search search(wanted_, names);
    for (const auto& [position, base] : find_all_bases(search)) out[position] = base;
    return std::move(out);
  });
}

/// A large table is looked through by two threads, each its half, while no row can move from one to the other.
DuckDbLatest::FoundBases DuckDbLatest::find_all_bases(const WantedNames::Search& search) {
  const std::uint64_t rows = meta_row().meta.rows;
  if (rows < kRowsForTwoThreads) return find_bases(search, 0, kAllRows);
  const std::lock_guard both_are_of_one_moment(moving_);
  auto [found, others] =
      at_once([&] { return find_bases(search, 0, rows / 2); }, [&] { return find_bases(search, rows / 2, kAllRows); });
  found.insert(found.end(), others.begin(), others.end());
  return std::move(found);
}

DuckDbLatest::FoundBases DuckDbLatest::find_bases(const WantedNames::Search& search, std::uint64_t from,
                                                  std::uint64_t to) {
  static const std::string lookup = lookup_statement();
  std::optional<Result> result;
  {
    LiveFile::Lease lease = live_->lease();
    Statement& statement = lease->statement(lookup);
    statement.bind(1, from);
    statement.bind(2, to);
    result = statement.execute();
  }
  FoundBases found;
  while (const Chunk chunk = result->next()) {
    const ColumnView keys = chunk.column(0), collections = chunk.column(1), items = chunk.column(2),
                     versions = chunk.column(3), sequences = chunk.column(4), hashes = chunk.column(5);
    for (idx_t row = 0; row < chunk.rows(); ++row) {
      const model::VersionBase base{static_cast<std::uint32_t>(versions.at<std::int32_t>(row)),
                                    sequences.at<std::uint64_t>(row)};
      search.find({keys.text(row), collections.text(row), items.text(row), hashes.at<std::uint64_t>(row)},
                  [&](std::size_t i) { found.emplace_back(i, base); });
    }
  }
  return found;
}

std::vector<LoadedCollection> DuckDbLatest::load(std::string_view key,
                                                 std::optional<std::string_view> collection_name) {
  static const std::string all_collections = load_statement(false);
  static const std::string one_collection = load_statement(true);
  std::optional<Result> result;
  translated(live_->name(), [&] {
    LiveFile::Lease lease = live_->lease();
    Statement& statement = lease->statement(collection_name ? one_collection : all_collections);
    statement.bind(1, base::hash64(key));
    if (collection_name) statement.bind(2, base::hash64(*collection_name));
    result = statement.execute();
  });
  std::map<std::string, LoadedCollection, std::less<>> collections;
  while (const Chunk chunk = result->next()) {
    const ColumnView names = chunk.column(0), versions = chunk.column(1), places = chunk.column(2);
    const ColumnView deleted = chunk.column(3), item_names = chunk.column(4), sequences = chunk.column(11),
                     keys = chunk.column(12);
    const StateReader states(chunk, 4);
    for (idx_t row = 0; row < chunk.rows(); ++row) {
      const std::string_view name = names.text(row);
      if (keys.text(row) != key || (collection_name && name != *collection_name)) continue;
      auto it = collections.find(name);
      if (it == collections.end()) {
        it = collections.emplace(name, LoadedCollection{std::string(name), {}}).first;
      }
      LoadedItem item;
      item.item_name = item_names.text(row);
      item.base = {static_cast<std::uint32_t>(versions.at<std::int32_t>(row)), sequences.at<std::uint64_t>(row)};
      item.first_sequence = places.at<std::uint64_t>(row);
      if (!deleted.at<bool>(row)) item.state = states.read(row, key, name);
      it->second.items.push_back(std::move(item));
    }
  }
  std::vector<LoadedCollection> out;
  out.reserve(collections.size());
  for (auto& [name, collection] : collections) out.push_back(std::move(collection));
  return out;
}

bool DuckDbLatest::is_healthy() {
  const LiveFile::Lease lease = live_->lease();
  return scan_is_healthy(lease->connection(), TableKind::latest);
}

std::uint64_t DuckDbLatest::row_bound() {
  const LiveFile::Lease lease = live_->lease();
  return translated(live_->name(), [&] { return duckdb::row_bound(lease->connection(), TableKind::latest); });
}

bool DuckDbLatest::scan(std::uint64_t from, std::uint64_t count) {
  const LiveFile::Lease lease = live_->lease();
  return scan_rows(lease->connection(), TableKind::latest, from, count);
}

void DuckDbLatest::checkpoint() {
  const auto turn = live_->take_turn();
  CFP_FAILPOINT("latest.before_checkpoint");
  translated(live_->name(), [&] { live_->checkpoint(); });
  CFP_FAILPOINT("latest.after_checkpoint");
}

Meta DuckDbLatest::copy(const ByteSink& sink) {
  Meta copied;
  translated(live_->name(), [&] { live_->copy([&] { copied = meta(); }, sink); });
  return copied;
}

std::unique_ptr<QueryConnection> DuckDbLatest::connect_read_only() { return make_query_connection(live_); }

}  // namespace cfp::tables::duckdb
