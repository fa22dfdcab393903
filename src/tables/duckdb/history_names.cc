// The keys that history had at a moment.

#include "tables/duckdb/errors.h"
#include "tables/duckdb/history_table.h"
#include "tables/duckdb/name_page.h"

namespace cfp::tables::duckdb {

/// Where nothing of a key was ever deleted, one look at its rows is enough; the items of the others are told apart.
std::vector<PastKey> DuckDbHistory::keys_at(const NameRange& range, std::uint64_t through) {
  const NamePage page("\"key\"", range, 1);
  const std::string sql =
      "WITH page AS MATERIALIZED (SELECT \"key\", bool_or(cfp_op = 'delete') AS deleted FROM storage_history WHERE "
      "cfp_seq <= $1 AND " +
      page.condition() + " GROUP BY \"key\"" + page.order() +
      "), items AS (SELECT rows_of.\"key\" FROM storage_history AS rows_of JOIN page ON page.deleted AND page.\"key\" "
      "= "
      "rows_of.\"key\" WHERE cfp_seq <= $1 GROUP BY rows_of.\"key\", collection_name, item_name HAVING "
      "arg_max(cfp_op, cfp_seq) IS DISTINCT FROM 'delete') SELECT \"key\", NOT deleted OR \"key\" IN (SELECT \"key\" "
      "FROM items) FROM page ORDER BY \"key\"" +
      (range.descending ? " DESC" : "");
  std::vector<PastKey> found;
  translated(live_->name(), [&] {
    std::optional<Result> result;
    {
      LiveFile::Lease lease = live_->lease();
      Statement& statement = lease->statement(sql);
      statement.bind(1, through);
      page.bind(statement);
      result = statement.execute();
    }
    while (const Chunk chunk = result->next()) {
      const ColumnView names = chunk.column(0), live = chunk.column(1);
      for (idx_t row = 0; row < chunk.rows(); ++row) {
        found.push_back({std::string(names.text(row)), live.at<bool>(row)});
      }
    }
  });
  return found;
}

}  // namespace cfp::tables::duckdb
