// User data: it is refused with an error of ours, or has one text, which a second store and the log leave as it is.

#include <optional>
#include <string>

#include "base/json.h"
#include "cfp/error.h"
#include "model/canonical_text.h"
#include "model/encoder.h"
#include "target.h"
#include "wal/line.h"

namespace cfp::fuzz {
namespace {

using model::ColumnType;

constexpr Timestamp kNow{Timestamp::Micros(std::chrono::sys_days(std::chrono::year(2025) / 6 / 1))};

std::optional<model::Record> encoded(std::string_view data, const model::EncodingRules& rules) {
  const Value no_value;
  const std::optional<Timestamp> no_timestamp;
  const std::optional<std::string_view> no_username;
  try {
    return model::encode({"key", "collection", "item", data, no_value, no_timestamp, no_username}, rules, kNow);
  } catch (const CollectionFastPersistError& error) {
    expect(error.code() == ErrorCode::invalid_record || error.code() == ErrorCode::extra_schema,
           "data is refused as a record", error.what());
    return std::nullopt;
  }
}

void check_data(std::string_view data, const model::EncodingRules& rules) {
  const auto record = encoded(data, rules);
  if (!record) return;
  const std::string_view text = record->state->data();
  const auto again = encoded(text, rules);
  expect(again.has_value(), "the text of a record is acceptable data", text);
  expect(again->state->data() == text, "the text of a record stays as it is", text);

  model::Record replayed = *record;
  replayed.projection = {};
  expect(model::project(replayed, rules.schema) == 0, "what fitted its column fits it in a replay", text);
  expect(replayed.projection.extra == record->projection.extra, "a replay fills the columns alike", text);
  expect(replayed.projection.status == record->projection.status, "a replay finds the status", text);

  const auto moved_in = wal::parse_reference_line(wal::encode_line_start(*record) + "}");
  expect(moved_in.has_value() && moved_in->state->data() == text, "the log has the text byte for byte", text);
  expect(moved_in->state->value() == record->state->value(), "the log has the value", text);
  expect(moved_in->state->timestamp() == record->state->timestamp(), "the log has the timestamp", text);
}

/// What `read` writes, without the special fields. nullopt for what is refused.
template <class Read>
std::optional<std::string> written_by(bool normalize_datetimes, const Read& read) {
  base::TextBuffer out;
  model::CanonicalText text(out, normalize_datetimes);
  try {
    read(text);
  } catch (const InvalidRecordError&) {
    return std::nullopt;
  } catch (const json::Error&) {
    return std::nullopt;
  }
  return std::string(out.view());
}

std::optional<std::string> plain_text(std::string_view data, bool normalize_datetimes = false) {
  return written_by(normalize_datetimes, [data](model::CanonicalText& text) { text.read(data); });
}

}  // namespace

CFP_FUZZ_TARGET(normaliser) {
  const model::Schema none;
  const model::Schema columns = {{"s", ColumnType::string},  {"i", ColumnType::int64},     {"n", ColumnType::int8},
                                 {"u", ColumnType::uint64},  {"f", ColumnType::float64},   {"g", ColumnType::float32},
                                 {"b", ColumnType::boolean}, {"t", ColumnType::timestamp}, {"d", ColumnType::date}};
  check_data(input, {none, true});
  check_data(input, {none, false});
  check_data(input, {columns, true});
  const auto plain = plain_text(input);
  expect(!plain || plain_text(*plain) == plain, "a canonical text stays as it is", input);
  for (const bool normalize : {true, false}) {
    const auto long_way = written_by(normalize, [input](model::CanonicalText& text) { json::walk(input, text); });
    expect(plain_text(input, normalize) == long_way, "what is taken as it is would be written so", input);
  }
}

}  // namespace cfp::fuzz
