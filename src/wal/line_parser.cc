// Reading lines: the checksum is judged first, then the fields. A line that our own writer did not write cannot get
// past the checksum by accident, but a person with an editor can; so every field is checked all the same.

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory_resource>

#include "base/iso8601.h"
#include "base/json.h"
#include "base/mutant.h"
#include "wal/line.h"

namespace cfp::wal {
namespace {

/// The fields of a line; texts live as long as they do.
class Fields {
 public:
  explicit Fields(std::string_view text) : fields_(text) { refuse_twins(); }

  /// Fields come in the order in which they are asked for; so each search goes on where the last one ended.
  const json::Field* find(std::string_view name) {
    for (std::size_t tried = 0; tried < fields_.size(); ++tried, ++next_) {
      if (next_ >= fields_.size()) next_ = 0;
      if (fields_[next_].name == name) return &fields_[next_++];
    }
    return nullptr;
  }
  const json::Field& get(std::string_view name) {
    const json::Field* field = find(name);
    if (field == nullptr) throw json::Error("no field " + std::string(name));
    return *field;
  }
  std::string_view text(std::string_view name) { return text_of(get(name)); }
  std::optional<std::string_view> optional_text(std::string_view name) {
    const json::Field* field = find(name);
    if (field == nullptr || field->kind == json::Kind::null) return std::nullopt;
    return text_of(*field);
  }
  std::string_view text_of(const json::Field& field) {
    if (field.kind != json::Kind::string) throw json::Error("no text in " + std::string(field.name));
    return json::unquote(field.raw, memory_);
  }
  std::uint64_t number(std::string_view name) {
    const auto value = json::to_uint64(get(name).raw);
    if (!value) throw json::Error("no number in " + std::string(name));
    return *value;
  }

 private:
  /// Which of two fields with one name is found depends on what was asked for before. Nearly all names differ in the
  /// bit that length and ends give them; where two do not, all are compared.
  void refuse_twins() const {
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      const std::string_view name = fields_[i].name;
      const auto at = [&](std::size_t c) { return name.empty() ? 0U : static_cast<unsigned char>(name[c]); };
      const std::uint64_t bit = std::uint64_t{1}
                                << ((name.size() * 9 + at(0) * 5 + at(name.empty() ? 0 : name.size() - 1)) & 63U);
      const auto is_twin = [&](const json::Field& other) { return other.name == name; };
      if ((seen & bit) != 0 && std::any_of(fields_.begin(), fields_.begin() + i, is_twin)) {
        throw json::Error("the field " + std::string(name) + " twice");
      }
      seen |= bit;
    }
  }

  json::Fields fields_;
  std::pmr::monotonic_buffer_resource memory_;  // of texts with escapes
  std::size_t next_ = 0;
};

/// One that is above every int is above every format that is known, and stays so.
int parse_format(Fields& fields) {
  constexpr std::uint64_t kHighest = std::numeric_limits<int>::max();
  return static_cast<int>(std::min(fields.number("format"), kHighest));
}

std::uint32_t parse_batch_count(Fields& fields) {
  const std::uint64_t count = fields.number("batch_count");
  if (count > std::numeric_limits<std::uint32_t>::max()) throw json::Error("a batch_count out of range");
  return static_cast<std::uint32_t>(count);
}

Timestamp parse_time(std::string_view text) {
  const auto time = base::parse_timestamp(text);
  if (!time) throw json::Error("no timestamp");
  return *time;
}

model::ValueView parse_value(Fields& fields) {
  const json::Field& field = fields.get("value");
  switch (field.kind) {
    case json::Kind::null:
      return {};
    case json::Kind::boolean:
      return field.raw == "true";
    case json::Kind::number: {
      if (const auto integer = json::to_int64(field.raw)) return *integer;
      if (const auto real = json::to_double(field.raw)) return *real;
      throw json::Error("a number out of range");
    }
    case json::Kind::string: {
      const std::string_view text = fields.text_of(field);
      if (!fields.optional_text("value_type")) return text;
      if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
      return text == "Infinity" ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
    }
    default:
      throw json::Error("a nested value");
  }
}

/// What the log gave a record.
model::ItemState::Content parse_place(Fields& fields) {
  model::ItemState::Content place;
  place.sequence = fields.number("sequence");
  const std::string_view operation = fields.text("operation");
  if (operation != "store" && operation != "delete") throw json::Error("an unknown operation");
  place.operation = operation == "store" ? model::Operation::store : model::Operation::erase;
  place.updated_at_us = parse_time(fields.text("updated_at")).utc().time_since_epoch().count();
  return place;
}

/// The part that the reference implementation writes too, in its order; what our own log adds to the state stands
/// behind it.
model::Record parse_line_start(Fields& fields, bool has_place) {
  model::Record record;
  const std::string_view key = fields.text("key");
  const std::string_view collection_name = fields.text("collection_name");
  const std::string_view item_name = fields.text("item_name");
  const json::Field& data = fields.get("data");
  if (data.kind != json::Kind::object) throw json::Error("data is no object");
  const model::ValueView value = parse_value(fields);
  record.projection.username = fields.optional_text("username");
  const auto timestamp = fields.optional_text("timestamp");
  model::ItemState::Content state = has_place ? parse_place(fields) : model::ItemState::Content();
  state.key = key;
  state.collection_name = collection_name;
  state.item_name = item_name;
  state.data = data.raw;
  state.value = value;
  if (timestamp) state.timestamp = parse_time(*timestamp);
  record.state = model::ItemState::make(state);
  model::hash_names(record);
  return record;
}

model::Record parse_record(Fields& fields, Reading reading) {
  model::Record record;
  if (reading == Reading::whole) {
    record = parse_line_start(fields, true);
  } else {
    record.state = model::ItemState::make(parse_place(fields));
  }
  if (fields.find("batch") != nullptr) {
    record.batch.first = fields.number("batch");
    if (fields.find("batch_count") != nullptr) record.batch.count = parse_batch_count(fields);
  }
  if (reading == Reading::place) return record;
  record.reason = fields.optional_text("reason");
  record.request_id = fields.optional_text("request_id");
  return record;
}

std::uint32_t parse_crc(std::string_view hex) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
  if (hex.size() != 8 || error != std::errc() || end != hex.data() + hex.size()) throw json::Error("no CRC");
  return value;
}

}  // namespace

std::optional<Line> parse_line(std::string_view text, Reading reading) {
  if (!has_valid_crc(text) && !CFP_MUTANT("skip_the_checksum")) return std::nullopt;
  try {
    Fields fields(text);
    Line line;
    if (fields.find("format") != nullptr) {
      line.header = SegmentHeader{parse_format(fields), std::string(fields.text("store_id")), fields.number("segment"),
                                  fields.number("after"), fields.number("first")};
    } else {
      line.record = parse_record(fields, reading);
    }
    line.chain.synced = fields.number("synced");
    line.chain.previous_crc = parse_crc(fields.text("prev"));
    line.crc = parse_crc(fields.text("crc"));
    return line;
  } catch (const json::Error&) {
    return std::nullopt;
  }
}

namespace {

std::optional<model::Record> parse_reference_fields(std::string_view text) {
  try {
    Fields fields(text);
    if (fields.find("sequence") != nullptr || fields.find("format") != nullptr) return std::nullopt;
    return parse_line_start(fields, false);
  } catch (const json::Error&) {
    return std::nullopt;
  }
}

/// Python writes floats that JSON does not have as bare words. No string has a quote that is not escaped, and the field
/// stands behind `data`: so the last place where this text stands is the field.
std::optional<std::string> quote_bare_value(std::string_view text) {
  for (const std::string word : {"NaN", "Infinity", "-Infinity"}) {
    const std::string field = ", \"value\": " + word + ", \"username\": ";
    const std::size_t at = text.rfind(field);
    if (at == std::string_view::npos) continue;
    std::string quoted(text.substr(0, at));
    quoted += ", \"value\": \"" + word + "\", \"value_type\": \"float\", \"username\": ";
    quoted += text.substr(at + field.size());
    return quoted;
  }
  return std::nullopt;
}

}  // namespace

std::optional<model::Record> parse_reference_line(std::string_view text) {
  if (auto record = parse_reference_fields(text)) return record;
  const auto quoted = quote_bare_value(text);
  return quoted ? parse_reference_fields(*quoted) : std::nullopt;
}

}  // namespace cfp::wal
