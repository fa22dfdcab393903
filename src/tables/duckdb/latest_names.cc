// The names in the latest table. Rows lie in the order of hashes, so a page of keys is one scan of all of them; those
// of one key or collection lie together.

#include "base/hash.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/latest_table.h"
#include "tables/duckdb/name_page.h"
#include "tables/duckdb/row_reader.h"

namespace cfp::tables::duckdb {

std::vector<std::string> DuckDbLatest::keys(const NameRange& range) {
  const NamePage page("\"key\"", range, 0);
  const std::string sql = "SELECT DISTINCT \"key\" FROM storage_latest WHERE " + page.condition() + page.order();
  std::optional<Result> result;
  return translated(live_->name(), [&] {
    {
      LiveFile::Lease lease = live_->lease();
      Statement& statement = lease->statement(sql);
      page.bind(statement);
      result = statement.execute();
    }
    return read_names(std::move(*result));
  });
}

std::vector<std::string> DuckDbLatest::collections(std::string_view key, const NameRange& range) {
  const NamePage page("collection_name", range, 2);
  const std::string sql =
      "SELECT DISTINCT collection_name FROM storage_latest WHERE cfp_key_hash = $1 AND \"key\" = $2 AND " +
      page.condition() + page.order();
  std::optional<Result> result;
  return translated(live_->name(), [&] {
    {
      LiveFile::Lease lease = live_->lease();
      Statement& statement = lease->statement(sql);
      statement.bind(1, base::hash64(key));
      statement.bind(2, key);
      page.bind(statement);
      result = statement.execute();
    }
    return read_names(std::move(*result));
  });
}

std::vector<model::LoadedItem> DuckDbLatest::items(std::string_view key, std::string_view collection_name,
                                                   const NameRange& range) {
  const NamePage page("item_name", range, 4);
  const std::string where =
      " WHERE cfp_key_hash = $1 AND cfp_collection_hash = $2 AND \"key\" = $3 AND collection_name = $4 AND " +
      page.condition();
  // One statement: rows and the marks of deleted items are of one moment.
  const std::string sql = "SELECT cfp_version, cfp_first_seq, false, " + std::string(StateReader::kColumns) +
                          " FROM storage_latest" + where +
                          " UNION ALL SELECT cfp_version, 0::UBIGINT, true, item_name, NULL::JSON, NULL::BIGINT, "
                          "NULL::DOUBLE, NULL::VARCHAR, NULL::TIMESTAMP, NULL::TIMESTAMP, cfp_seq FROM cfp_deleted" +
                          where + page.order();
  std::vector<model::LoadedItem> items;
  translated(live_->name(), [&] {
    std::optional<Result> result;
    {
      LiveFile::Lease lease = live_->lease();
      Statement& statement = lease->statement(sql);
      statement.bind(1, base::hash64(key));
      statement.bind(2, base::hash64(collection_name));
      statement.bind(3, key);
      statement.bind(4, collection_name);
      page.bind(statement);
      result = statement.execute();
    }
    while (const Chunk chunk = result->next()) {
      const ColumnView versions = chunk.column(0), places = chunk.column(1), deleted = chunk.column(2),
                       names = chunk.column(3), sequences = chunk.column(10);
      const StateReader states(chunk, 3);
      for (idx_t row = 0; row < chunk.rows(); ++row) {
        model::LoadedItem& item = items.emplace_back();
        item.item_name = names.text(row);
        item.base = {static_cast<std::uint32_t>(versions.at<std::int32_t>(row)), sequences.at<std::uint64_t>(row)};
        item.first_sequence = places.at<std::uint64_t>(row);
        if (!deleted.at<bool>(row)) item.state = states.read(row, key, collection_name);
      }
    }
  });
  return items;
}

}  // namespace cfp::tables::duckdb
