#include "tables/duckdb/row_reader.h"

#include <vector>

#include "base/iso8601.h"
#include "base/json.h"

namespace cfp::tables::duckdb {

namespace {

/// What only the text of `data` tells: whether the value is a bool, and the offset of the timestamp.
struct FromData {
  std::optional<bool> flag;
  std::optional<Timestamp> timestamp;
};

FromData look_into(std::string_view data, bool may_be_flag) {
  FromData out;
  const bool look_for_flag = may_be_flag && data.find("\"value\":") != std::string_view::npos;
  if (!look_for_flag && data.find("\"timestamp\"") == std::string_view::npos) return out;
  try {
    for (const json::Field& field : json::Fields(data)) {
      if (look_for_flag && field.name == "value" && field.kind == json::Kind::boolean) out.flag = field.raw == "true";
      if (field.name == "timestamp" && field.kind == json::Kind::string) {
        out.timestamp = base::parse_timestamp(json::unquote(field.raw));
      }
    }
  } catch (const json::Error&) {  // text that the reference implementation wrote: the columns have to do
    return {};
  }
  return out;
}

std::string select_of(std::string_view names_and_status, std::string_view item_name) {
  constexpr std::string_view kRest =
      ", username, \"version\"::INTEGER, cfp_op = 'delete', cfp_prev_seq, cfp_batch, cfp_reason, cfp_request_id, ";
  const std::string_view state = StateReader::kColumns;
  return std::string(names_and_status).append(kRest).append(item_name).append(state.substr(state.find(',')));
}

Timestamp utc_micros(std::int64_t micros) { return Timestamp(Timestamp::Micros(std::chrono::microseconds(micros))); }

}  // namespace

StateReader::StateReader(const Chunk& chunk, idx_t first)
    : item_name_(chunk.column(first)),
      data_(chunk.column(first + 1)),
      value_int_(chunk.column(first + 2)),
      value_float_(chunk.column(first + 3)),
      value_string_(chunk.column(first + 4)),
      timestamp_(chunk.column(first + 5)),
      updated_at_(chunk.column(first + 6)),
      sequence_(chunk.column(first + 7)) {}

model::ValueView StateReader::read_value(idx_t row) const {
  if (!value_int_.is_null(row)) return value_int_.at<std::int64_t>(row);
  if (!value_float_.is_null(row)) return value_float_.at<double>(row);
  if (!value_string_.is_null(row)) return value_string_.text(row);
  return std::monostate{};
}

base::Counted<model::ItemState> StateReader::read(idx_t row, std::string_view key, std::string_view collection_name,
                                                  model::Operation operation) const {
  model::ItemState::Content state;
  state.key = key;
  state.collection_name = collection_name;
  state.item_name = item_name_.text(row);
  if (!data_.is_null(row)) state.data = data_.text(row);
  state.value = read_value(row);
  const auto* const integer = std::get_if<std::int64_t>(&state.value);
  const FromData from_data = look_into(state.data, integer != nullptr && (*integer == 0 || *integer == 1));
  if (from_data.flag) state.value = *from_data.flag;
  if (from_data.timestamp) {
    state.timestamp = from_data.timestamp;
  } else if (!timestamp_.is_null(row)) {
    state.timestamp = utc_micros(timestamp_.at<std::int64_t>(row));
  }
  state.operation = operation;
  if (!updated_at_.is_null(row)) state.updated_at_us = updated_at_.at<std::int64_t>(row);
  if (!sequence_.is_null(row)) state.sequence = sequence_.at<std::uint64_t>(row);
  return model::ItemState::make(state);
}

model::ColumnValue read_extra(const ColumnView& column, idx_t row, model::ColumnType type) {
  using Type = model::ColumnType;
  const auto integer = [](auto n) { return model::ColumnValue(static_cast<std::int64_t>(n)); };
  const auto natural = [](auto n) { return model::ColumnValue(static_cast<std::uint64_t>(n)); };
  if (column.is_null(row)) return std::monostate{};
  switch (type) {
    case Type::string:
      return std::string(column.text(row));
    case Type::boolean:
      return column.at<bool>(row);
    case Type::int64:
    case Type::timestamp:
      return integer(column.at<std::int64_t>(row));
    case Type::int32:
    case Type::date:
      return integer(column.at<std::int32_t>(row));
    case Type::int16:
      return integer(column.at<std::int16_t>(row));
    case Type::int8:
      return integer(column.at<std::int8_t>(row));
    case Type::uint64:
      return natural(column.at<std::uint64_t>(row));
    case Type::uint32:
      return natural(column.at<std::uint32_t>(row));
    case Type::uint16:
      return natural(column.at<std::uint16_t>(row));
    case Type::uint8:
      return natural(column.at<std::uint8_t>(row));
    case Type::float64:
      return column.at<double>(row);
    case Type::float32:
      return static_cast<double>(column.at<float>(row));
  }
  return std::monostate{};
}

std::optional<std::string> read_optional_text(const ColumnView& column, idx_t row) {
  if (column.is_null(row)) return std::nullopt;
  return std::string(column.text(row));
}

std::string link_select() { return select_of("'', '', NULL::VARCHAR, NULL::INTEGER", "''") + ", cfp_item_hash"; }

std::string history_select(const model::Schema& schema) {
  std::string out = select_of("\"key\", collection_name, status, status_int", "item_name");
  for (const model::Column& column : schema) out += ", " + sql_name(column.name);
  return out;
}

void read_history_rows(const Chunk& chunk, const model::Schema& schema,
                       const std::function<void(HistoryRecord&&)>& sink) {
  constexpr idx_t kFirstStateColumn = 11;
  constexpr idx_t kFirstExtraColumn = kFirstStateColumn + 8;
  const StateReader states(chunk, kFirstStateColumn);
  std::vector<ColumnView> columns;
  for (idx_t i = 0; i < kFirstExtraColumn + schema.size(); ++i) columns.push_back(chunk.column(i));
  const auto number_or_0 = [&](idx_t column, idx_t row) {
    return columns[column].is_null(row) ? 0 : columns[column].at<std::uint64_t>(row);
  };
  for (idx_t row = 0; row < chunk.rows(); ++row) {
    HistoryRecord out;
    model::Record& record = out.record;
    record.projection.status = read_optional_text(columns[2], row);
    if (!columns[3].is_null(row)) record.projection.status_int = columns[3].at<std::int32_t>(row);
    record.projection.username = read_optional_text(columns[4], row);
    out.version = static_cast<std::uint32_t>(columns[5].at<std::int32_t>(row));
    out.previous_sequence = number_or_0(7, row);
    record.batch.first = number_or_0(8, row);
    record.reason = read_optional_text(columns[9], row);
    record.request_id = read_optional_text(columns[10], row);
    const bool is_delete = !columns[6].is_null(row) && columns[6].at<bool>(row);
    record.state = states.read(row, columns[0].text(row), columns[1].text(row),
                               is_delete ? model::Operation::erase : model::Operation::store);
    for (std::size_t i = 0; i < schema.size(); ++i) {
      record.projection.extra.push_back(read_extra(columns[kFirstExtraColumn + i], row, schema[i].type));
    }
    record.link = {out.version, out.previous_sequence, nullptr};
    model::hash_names(record);
    sink(std::move(out));
  }
}

}  // namespace cfp::tables::duckdb
