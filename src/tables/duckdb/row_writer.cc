// How a record becomes a row.

#include "base/check.h"
#include "tables/duckdb/columns.h"
#include "tables/duckdb/custom_cell.h"

namespace cfp::tables::duckdb {

namespace {

void append_optional_text(ChunkWriter& rows, const std::optional<std::string>& text) {
  if (text) {
    rows.text(*text);
  } else {
    rows.null();
  }
}

void append_sequence(ChunkWriter& rows, std::uint64_t sequence) {
  if (sequence != 0) {
    rows.number(sequence);
  } else {
    rows.null();
  }
}

/// value_int, value_float, value_string.
void append_value(ChunkWriter& rows, const model::ValueView& value) {
  const auto* const flag = std::get_if<bool>(&value);
  const auto* const integer = std::get_if<std::int64_t>(&value);
  const auto* const real = std::get_if<double>(&value);
  const auto* const text = std::get_if<std::string_view>(&value);
  if (flag != nullptr) {
    rows.number<std::int64_t>(*flag ? 1 : 0);
  } else if (integer != nullptr) {
    rows.number(*integer);
  } else {
    rows.null();
  }
  if (real != nullptr) {
    rows.number(*real);
  } else {
    rows.null();
  }
  if (text != nullptr) {
    rows.text(*text);
  } else {
    rows.null();
  }
}

/// The thirteen and the custom columns.
void append_visible(ChunkWriter& rows, const model::Record& record, std::int32_t version, const model::Schema& schema) {
  const model::ItemState& state = *record.state;
  rows.text(record.key());
  rows.text(record.collection_name());
  rows.text(state.item_name());
  rows.text(state.data());
  append_value(rows, state.value());
  if (const auto timestamp = state.timestamp()) {
    rows.number<std::int64_t>(timestamp->utc().time_since_epoch().count());
  } else {
    rows.null();
  }
  append_optional_text(rows, record.projection.status);
  if (record.projection.status_int) {
    rows.number(*record.projection.status_int);
  } else {
    rows.null();
  }
  append_optional_text(rows, record.projection.username);
  rows.number(state.updated_at_us);
  rows.number(version);
  // An erase has no custom values.
  const auto& extra = record.projection.extra;
  CFP_CHECK(extra.empty() || extra.size() == schema.size());
  for (std::size_t i = 0; i < schema.size(); ++i) {
    if (extra.empty()) {
      rows.null();
    } else {
      write_custom_cell(rows, extra[i], schema[i].type);
    }
  }
}

}  // namespace

void append_history_row(ChunkWriter& rows, const model::Record& record, std::uint32_t version,
                        std::uint64_t previous_sequence, const model::Schema& schema) {
  append_visible(rows, record, static_cast<std::int32_t>(version), schema);
  rows.number(record.sequence());
  rows.text(record.state->operation() == model::Operation::store ? "store" : "delete");
  append_sequence(rows, previous_sequence);
  rows.number(record.item_hash);
  append_sequence(rows, record.batch.first);
  append_optional_text(rows, record.reason);
  append_optional_text(rows, record.request_id);
  rows.end_row();
}

void append_latest_row(ChunkWriter& rows, const model::Record& record, std::uint32_t version, std::uint64_t place,
                       const model::Schema& schema) {
  append_visible(rows, record, 1, schema);  // the reference implementation's version, always 1 here
  rows.number(static_cast<std::int32_t>(version));
  rows.number(record.sequence());
  rows.number(place);
  rows.number(record.key_hash);
  rows.number(record.collection_hash);
  rows.number(record.item_hash);
  rows.end_row();
}

void append_deleted_row(ChunkWriter& rows, const model::Record& record, std::uint32_t version) {
  rows.text(record.key());
  rows.text(record.collection_name());
  rows.text(record.state->item_name());
  rows.number(static_cast<std::int32_t>(version));
  rows.number(record.sequence());
  rows.number(record.key_hash);
  rows.number(record.collection_hash);
  rows.number(record.item_hash);
  rows.end_row();
}

}  // namespace cfp::tables::duckdb
