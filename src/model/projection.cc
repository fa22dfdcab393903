// What the tables show of a record whose text was written earlier. Nothing here refuses a record: it was acknowledged.

#include <limits>
#include <utility>

#include "base/json.h"
#include "cfp/storage_keys.h"
#include "model/encoder.h"

namespace cfp::model {
namespace {

/// A field as a scalar; Nested also for what no scalar can be made of, since that fits nowhere either.
Scalar to_scalar(const json::Field& field) {
  switch (field.kind) {
    case json::Kind::null:
      return std::monostate();
    case json::Kind::boolean:
      return field.raw == "true";
    case json::Kind::string:
      return json::unquote(field.raw);
    case json::Kind::number:
      if (const auto integer = json::to_int64(field.raw)) return *integer;
      if (const auto natural = json::to_uint64(field.raw)) return *natural;
      // Digits alone that fit neither are no float: integers are never turned into floats.
      if (field.raw.find_first_of(".eE") == std::string_view::npos) return Nested();
      if (const auto real = json::to_double(field.raw)) return *real;
      return Nested();
    case json::Kind::object:
    case json::Kind::array:
      break;
  }
  return Nested();
}

/// Takes one field after the other and counts those that do not fit.
class Projector {
 public:
  Projector(Projection& projection, const Schema& schema)
      : projection_(projection), schema_(schema), wants_username_(!projection.username) {}

  void take(const json::Field& field) {
    if (field.name == StorageKeys::STATUS) return take_text(field, projection_.status);
    if (field.name == StorageKeys::STATUS_INT) return take_status_int(field);
    if (field.name == StorageKeys::USERNAME) {
      if (wants_username_) take_text(field, projection_.username);
      return;
    }
    for (std::size_t i = 0; i < schema_.size(); ++i) {
      if (schema_[i].name == field.name) take_column(field, i);
    }
  }
  [[nodiscard]] std::uint32_t unfit() const noexcept { return unfit_; }

 private:
  void take_text(const json::Field& field, std::optional<std::string>& target) {
    Scalar scalar = to_scalar(field);
    if (auto* text = std::get_if<std::string>(&scalar)) {
      target = std::move(*text);
    } else if (!std::holds_alternative<std::monostate>(scalar)) {
      ++unfit_;
    }
  }
  void take_status_int(const json::Field& field) {
    const Scalar scalar = to_scalar(field);
    const auto* number = std::get_if<std::int64_t>(&scalar);
    if (number != nullptr && std::in_range<std::int32_t>(*number)) {
      projection_.status_int = static_cast<std::int32_t>(*number);
    } else if (!std::holds_alternative<std::monostate>(scalar)) {
      ++unfit_;
    }
  }
  void take_column(const json::Field& field, std::size_t column) {
    if (auto converted = convert(to_scalar(field), schema_[column].type)) {
      projection_.extra[column] = *std::move(converted);
    } else {
      ++unfit_;
    }
  }

  Projection& projection_;
  const Schema& schema_;
  bool wants_username_;
  std::uint32_t unfit_ = 0;
};

}  // namespace

std::optional<ColumnValue> project_field(std::string_view data, const Column& column) {
  std::optional<ColumnValue> found = ColumnValue();
  try {
    for (const json::Field& field : json::Fields(data)) {
      if (field.name == column.name) found = convert(to_scalar(field), column.type);
    }
  } catch (const json::Error&) {
    return std::nullopt;
  }
  return found;
}

std::uint32_t project(Record& record, const Schema& schema) {
  Projection& projection = record.projection;
  projection.status.reset();
  projection.status_int.reset();
  projection.extra.assign(schema.size(), ColumnValue());
  // Who deleted is said beside the data, which is empty.
  if (record.state->operation() == Operation::erase) return 0;
  Projector projector(projection, schema);
  try {
    for (const json::Field& field : json::Fields(record.state->data())) projector.take(field);
  } catch (const json::Error&) {
    // The text of an import can be anything a log line held; what could not be read counts as one more field.
    return projector.unfit() + 1;
  }
  return projector.unfit();
}

}  // namespace cfp::model
