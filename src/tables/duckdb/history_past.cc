// What history tells of single items. It has no index, since DuckDB's would cost every flush; but its rows lie in order
// of sequence, so that one row by its sequence is found by the zone maps. Anything else is one scan of cfp_item_hash.

#include <algorithm>
#include <functional>
#include <iterator>
#include <unordered_map>

#include "tables/duckdb/errors.h"
#include "tables/duckdb/history_table.h"
#include "tables/duckdb/row_reader.h"
#include "tables/duckdb/two_threads.h"

namespace cfp::tables::duckdb {

namespace {

/// Up to so many rows are found one by one: a good millisecond each at 10 M rows, where a scan takes 30 to 60.
constexpr std::size_t kRowsOneByOne = 24;

struct Condition {
  std::string_view before, after;  // the number of the parameter comes between
  Value value;
};

std::vector<Condition> conditions_of(const VersionSearch& search) {
  std::vector<Condition> all;
  if (search.below_version) all.push_back({"\"version\" < $", "", std::int64_t{*search.below_version}});
  if (search.before_us) all.push_back({"updated_at < make_timestamp($", ")", *search.before_us});
  if (search.after_us) all.push_back({"updated_at > make_timestamp($", ")", *search.after_us});
  if (search.username) all.push_back({"username = $", "", *search.username});
  return all;
}

void read_all(Result result, const model::Schema& schema, const std::function<void(HistoryRecord&&)>& sink) {
  while (const Chunk chunk = result.next()) read_history_rows(chunk, schema, sink);
}

void read_links(Result result, const std::function<void(HistoryRecord&&)>& sink) {
  while (const Chunk chunk = result.next()) {
    const ColumnView hashes = chunk.column(kItemHashOfALink);
    idx_t row = 0;
    read_history_rows(chunk, {}, [&](HistoryRecord&& link) {
      link.record.item_hash = hashes.at<std::uint64_t>(row++);
      sink(std::move(link));
    });
  }
}

/// The last row of each item, and the first store since its last erase, by one scan.
std::string places_statement(const std::string& wanted, std::uint64_t through) {
  const std::string names = "\"key\", collection_name, item_name";
  return "WITH rows_of AS MATERIALIZED (SELECT " + names +
         ", cfp_item_hash, cfp_seq, cfp_op = 'delete' AS gone FROM storage_history WHERE " + wanted +
         " AND cfp_seq <= " + std::to_string(through) + "), ends AS (SELECT " + names +
         ", cfp_item_hash, max(cfp_seq) AS last, coalesce(max(cfp_seq) FILTER (gone), 0) AS erased FROM rows_of GROUP "
         "BY ALL) SELECT ends.\"key\", ends.collection_name, ends.item_name, ends.cfp_item_hash, ends.last, "
         "min(rows_of.cfp_seq) FILTER (rows_of.cfp_seq > ends.erased) FROM ends JOIN rows_of ON rows_of.\"key\" = "
         "ends.\"key\" AND rows_of.collection_name = ends.collection_name AND rows_of.item_name = ends.item_name "
         "GROUP BY ALL";
}

}  // namespace

std::optional<HistoryRecord> DuckDbHistory::find(std::uint64_t sequence) {
  std::optional<HistoryRecord> found;
  translated(live_->name(), [&] {
    std::optional<Result> result;
    {
      LiveFile::Lease lease = live_->lease();
      Statement& statement = lease->statement("SELECT " + link_select() + " FROM storage_history WHERE cfp_seq = $1");
      statement.bind(1, sequence);
      result = statement.execute();
    }
    read_links(std::move(*result), [&](HistoryRecord&& row) { found = std::move(row); });
  });
  return found;
}

std::vector<HistoryRecord> DuckDbHistory::find_all(std::uint64_t item_hash, const Stretch& stretch) {
  std::vector<HistoryRecord> found;
  translated(live_->name(), [&] {
    std::optional<Result> result;
    {
      LiveFile::Lease lease = live_->lease();
      // Without an ORDER BY, which costs as much as all the rest.
      Statement& statement = lease->statement("SELECT " + link_select() +
                                              " FROM storage_history WHERE cfp_item_hash = $1 AND cfp_seq >= $2 AND "
                                              "cfp_seq <= $3 LIMIT $4");
      statement.bind(1, item_hash);
      statement.bind(2, stretch.from);
      statement.bind(3, stretch.through);
      statement.bind(4, Value(static_cast<std::int64_t>(std::min<std::uint64_t>(stretch.count, INT64_MAX))));
      result = statement.execute();
    }
    read_links(std::move(*result), [&](HistoryRecord&& row) { found.push_back(std::move(row)); });
  });
  std::ranges::sort(found, std::greater(), [](const HistoryRecord& row) { return row.record.sequence(); });
  return found;
}

std::vector<HistoryRecord> DuckDbHistory::rows(std::span<const std::uint64_t> sequences) {
  std::vector<HistoryRecord> found;
  read_rows({sequences.begin(), sequences.end()}, [&](HistoryRecord&& row) { found.push_back(std::move(row)); });
  return found;
}

void DuckDbHistory::read_rows(const std::vector<std::uint64_t>& sequences,
                              const std::function<void(HistoryRecord&&)>& sink) {
  const std::string select = "SELECT " + history_select(schema_) + " FROM storage_history WHERE ";
  translated(live_->name(), [&] {
    if (sequences.size() > kRowsOneByOne) {
      const WantedNumbers::Search search(wanted_, sequences);
      std::optional<Result> result;
      {
        LiveFile::Lease lease = live_->lease();
        // By the zone maps, no further than from the first to the last.
        const auto [first, last] = std::ranges::minmax_element(sequences);
        result = lease->connection().run(select + "cfp_seq BETWEEN " + std::to_string(*first) + " AND " +
                                         std::to_string(*last) + " AND " + search.condition("cfp_seq"));
      }
      return read_all(std::move(*result), schema_, sink);
    }
    for (const std::uint64_t sequence : sequences) {
      std::optional<Result> result;
      {
        LiveFile::Lease lease = live_->lease();
        Statement& statement = lease->statement(select + "cfp_seq = $1");
        statement.bind(1, sequence);
        result = statement.execute();
      }
      read_all(std::move(*result), schema_, sink);
    }
  });
}

std::vector<HistoryRecord> DuckDbHistory::versions(const VersionSearch& search) {
  const Meta known = meta();
  const std::uint64_t last = std::min(search.through, known.max_sequence);
  if (known.rows < kRowsForTwoThreads || last <= known.min_sequence) return versions_after(0, search);
  const std::uint64_t middle = known.min_sequence + (last - known.min_sequence) / 2;
  VersionSearch older = search;
  older.through = middle;
  auto [found, others] =
      at_once([&] { return versions_after(middle, search); }, [&] { return versions_after(0, older); });
  const std::size_t missing = std::min<std::size_t>(search.count - std::min(search.count, found.size()), others.size());
  std::move(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(missing), std::back_inserter(found));
  return std::move(found);
}

std::vector<HistoryRecord> DuckDbHistory::versions_after(std::uint64_t sequence, const VersionSearch& search) {
  std::string sql = "SELECT " + history_select(schema_) +
                    " FROM storage_history WHERE cfp_item_hash = $1 AND \"key\" = $2 AND collection_name = $3 AND "
                    "item_name = $4 AND cfp_seq <= $5 AND cfp_seq > $6";
  const std::vector<Condition> conditions = conditions_of(search);
  idx_t parameter = 6;
  for (const Condition& condition : conditions) {
    sql.append(" AND ").append(condition.before).append(std::to_string(++parameter)).append(condition.after);
  }
  sql += " ORDER BY cfp_seq DESC LIMIT $" + std::to_string(parameter + 1);
  std::vector<HistoryRecord> found;
  translated(live_->name(), [&] {
    std::optional<Result> result;
    {
      LiveFile::Lease lease = live_->lease();
      Statement& statement = lease->statement(sql);
      statement.bind(1, search.name.item_hash);
      statement.bind(2, search.name.key);
      statement.bind(3, search.name.collection_name);
      statement.bind(4, search.name.item_name);
      statement.bind(5, search.through);
      statement.bind(6, sequence);
      for (idx_t i = 0; i < conditions.size(); ++i) statement.bind(7 + i, conditions[i].value);
      statement.bind(parameter + 1, Value(static_cast<std::int64_t>(std::min<std::uint64_t>(search.count, INT64_MAX))));
      result = statement.execute();
    }
    read_all(std::move(*result), schema_, [&](HistoryRecord&& row) { found.push_back(std::move(row)); });
  });
  return found;
}

std::vector<std::optional<PastItem>> DuckDbHistory::items_at(std::span<const ItemName> names, std::uint64_t through) {
  std::vector<std::optional<PastItem>> out(names.size());
  std::vector<std::uint64_t> hashes;
  std::unordered_multimap<std::uint64_t, std::size_t> by_hash;
  for (std::size_t i = 0; i < names.size(); ++i) {
    hashes.push_back(names[i].item_hash);
    by_hash.emplace(names[i].item_hash, i);
  }
  std::unordered_map<std::uint64_t, std::size_t> by_last;
  translated(live_->name(), [&] {
    const WantedNumbers::Search search(wanted_, hashes);
    std::optional<Result> result;
    {
      LiveFile::Lease lease = live_->lease();
      result = lease->connection().run(places_statement(search.condition("cfp_item_hash"), through));
    }
    while (const Chunk chunk = result->next()) {
      const ColumnView keys = chunk.column(0), collections = chunk.column(1), items = chunk.column(2),
                       item_hashes = chunk.column(3), lasts = chunk.column(4), firsts = chunk.column(5);
      for (idx_t row = 0; row < chunk.rows(); ++row) {
        const auto [begin, end] = by_hash.equal_range(item_hashes.at<std::uint64_t>(row));
        for (auto at = begin; at != end; ++at) {
          const ItemName& name = names[at->second];
          if (name.key != keys.text(row) || name.collection_name != collections.text(row) ||
              name.item_name != items.text(row)) {
            continue;
          }
          by_last.emplace(lasts.at<std::uint64_t>(row), at->second);
          out[at->second].emplace().first_store_sequence = firsts.is_null(row) ? 0 : firsts.at<std::uint64_t>(row);
        }
      }
    }
  });
  std::vector<std::uint64_t> last_rows;
  last_rows.reserve(by_last.size());
  for (const auto& [sequence, position] : by_last) last_rows.push_back(sequence);
  read_rows(last_rows, [&](HistoryRecord&& row) {
    const auto wanted = by_last.find(row.record.sequence());
    if (wanted != by_last.end()) out[wanted->second]->last = std::move(row);
  });
  return out;
}

std::optional<std::uint64_t> DuckDbHistory::first_sequence_after(std::int64_t time_us) {
  return translated(live_->name(), [&]() -> std::optional<std::uint64_t> {
    LiveFile::Lease lease = live_->lease();
    Statement& statement = lease->statement(
        "SELECT cfp_seq FROM storage_history WHERE updated_at > make_timestamp($1) ORDER BY cfp_seq LIMIT 1");
    statement.bind(1, Value(time_us));
    Result result = statement.execute();
    const Chunk chunk = result.next();
    if (!chunk || chunk.rows() == 0) return std::nullopt;
    return chunk.column(0).at<std::uint64_t>(0);
  });
}

std::vector<AnsweredRequest> DuckDbHistory::requests(std::int64_t since_us, std::uint64_t count) {
  return translated(live_->name(), [&] {
    std::optional<Result> result;
    {
      LiveFile::Lease lease = live_->lease();
      Statement& statement = lease->statement(
          "SELECT * FROM (SELECT cfp_request_id, max(cfp_seq) AS last, epoch_us(max(updated_at)) FROM storage_history "
          "WHERE cfp_request_id IS NOT NULL AND updated_at >= make_timestamp($1) GROUP BY cfp_request_id ORDER BY last "
          "DESC LIMIT $2) ORDER BY last");
      statement.bind(1, Value(since_us));
      statement.bind(2, count);
      result = statement.execute();
    }
    std::vector<AnsweredRequest> found;
    while (const Chunk chunk = result->next()) {
      const ColumnView ids = chunk.column(0), sequences = chunk.column(1), times = chunk.column(2);
      for (idx_t row = 0; row < chunk.rows(); ++row) {
        found.push_back({std::string(ids.text(row)), sequences.at<std::uint64_t>(row), times.at<std::int64_t>(row)});
      }
    }
    return found;
  });
}

}  // namespace cfp::tables::duckdb
