#pragma once

// How a row becomes a record again.

#include <memory>
#include <string_view>

#include "model/record.h"
#include "model/schema.h"
#include "tables/duckdb/connection.h"
#include "tables/tables.h"

namespace cfp::tables::duckdb {

/// Reads item states from a chunk with these columns, in this order from `first` on: item_name, data, value_int,
/// value_float, value_string, timestamp, updated_at, cfp_seq. A NULL sequence or time is 0.
class StateReader {
 public:
  static constexpr std::string_view kColumns =
      "item_name, \"data\", value_int, value_float, value_string, \"timestamp\", updated_at, cfp_seq";

  StateReader(const Chunk& chunk, idx_t first);
  /// The other two names are the caller's to know.
  [[nodiscard]] base::Counted<model::ItemState> read(idx_t row, std::string_view key, std::string_view collection_name,
                                                     model::Operation operation = model::Operation::store) const;

 private:
  [[nodiscard]] model::ValueView read_value(idx_t row) const;

  ColumnView item_name_, data_, value_int_, value_float_, value_string_, timestamp_, updated_at_, sequence_;
};

/// A cell of a custom column.
model::ColumnValue read_extra(const ColumnView& column, idx_t row, model::ColumnType type);
std::optional<std::string> read_optional_text(const ColumnView& column, idx_t row);

/// A row of a history query with the columns of `history_select`.
std::string history_select(const model::Schema& schema);
/// The same of a row that somebody leads to: no names, no status, no custom columns, each of which takes its time to
/// find; behind the rest stands cfp_item_hash, at kItemHashOfALink.
std::string link_select();
inline constexpr idx_t kItemHashOfALink = 19;
void read_history_rows(const Chunk& chunk, const model::Schema& schema,
                       const std::function<void(HistoryRecord&&)>& sink);

}  // namespace cfp::tables::duckdb
