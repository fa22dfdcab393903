#include "cfp/data.h"

#include <cmath>

#include "base/iso8601.h"
#include "base/json.h"
#include "base/json_fault.h"
#include "cfp/error.h"
#include "model/canonical_text.h"

namespace cfp {
namespace {

constexpr int kDeepestField = 99;  // of a field's text: the object around it is the hundredth level
constexpr std::string_view kSpace = " \t\n\r";

/// Appends a field to the text of an object: its name and the JSON text of its value.
void append_field(std::string& object, std::string_view name, std::string_view value) {
  const std::size_t close = object.find_last_not_of(kSpace);
  const std::size_t last =
      close == std::string::npos || close == 0 ? close : object.find_last_not_of(kSpace, close - 1);
  if (close == 0 || last == std::string::npos || object[close] != '}') {
    throw InvalidRecordError("data: must be a JSON object");
  }
  base::TextBuffer field;                      // apart first: name and value may be parts of the object
  if (object[last] != '{') field.append(',');  // only an empty object has its opening brace there
  json::append_string(field, name);
  field.append(':');
  field.append(value);
  field.append('}');
  object.resize(close);
  object += field.view();
}

json::Fields fields_of(std::string_view text) {
  try {
    return json::Fields(text);
  } catch (const json::Error& error) {
    throw InvalidRecordError(std::string("data: ") + error.what());
  }
}

std::string unquoted(std::string_view raw) {
  try {
    return json::unquote(raw);
  } catch (const json::Error& error) {
    throw InvalidRecordError(std::string("data: ") + error.what());
  }
}

std::string name_of(const json::Field& field) {
  if (field.name.find('\\') == std::string_view::npos) return std::string(field.name);
  return unquoted(std::string("\"").append(field.name).append("\""));
}

std::optional<json::Field> find_field(std::string_view text, std::string_view name) {
  for (const json::Field& field : fields_of(text)) {
    if (field.name == name || (field.name.find('\\') != std::string_view::npos && name_of(field) == name)) return field;
  }
  return std::nullopt;
}

}  // namespace

Data Data::parse(std::string_view json) {
  base::TextBuffer canonical;
  model::CanonicalText(canonical, false).read(json);
  return Data(json);
}

Data& Data::set(std::string_view name, std::nullptr_t) {
  append_field(text_, name, "null");
  return *this;
}

Data& Data::set(std::string_view name, bool value) {
  append_field(text_, name, value ? "true" : "false");
  return *this;
}

Data& Data::set(std::string_view name, std::int64_t value) {
  append_field(text_, name, std::to_string(value));
  return *this;
}

Data& Data::set(std::string_view name, std::uint64_t value) {
  append_field(text_, name, std::to_string(value));
  return *this;
}

Data& Data::set(std::string_view name, double value) {
  if (!std::isfinite(value)) throw InvalidRecordError("data: NaN and infinities have no JSON text");
  base::TextBuffer token;
  json::append_real(token, value);
  append_field(text_, name, token.view());
  return *this;
}

Data& Data::set(std::string_view name, std::string_view value) {
  base::TextBuffer token;
  json::append_string(token, value);
  append_field(text_, name, token.view());
  return *this;
}

Data& Data::set_json(std::string_view name, std::string_view json) {
  // Unchecked text could close the object and bring fields of its own.
  const std::string fault = json::find_fault(json, kDeepestField);
  if (!fault.empty()) throw InvalidRecordError("data: the text of a field " + fault);
  append_field(text_, name, json);
  return *this;
}

std::vector<std::string> Data::names() const {
  std::vector<std::string> names;
  for (const json::Field& field : fields_of(text_)) names.push_back(name_of(field));
  return names;
}

bool Data::contains(std::string_view name) const { return find_field(text_, name).has_value(); }

std::optional<bool> Data::get_bool(std::string_view name) const {
  const auto field = find_field(text_, name);
  if (!field || field->kind != json::Kind::boolean) return std::nullopt;
  return field->raw == "true";
}

std::optional<std::int64_t> Data::get_int(std::string_view name) const {
  const auto field = find_field(text_, name);
  return field ? json::to_int64(field->raw) : std::nullopt;
}

std::optional<double> Data::get_double(std::string_view name) const {
  const auto field = find_field(text_, name);
  return field ? json::to_double(field->raw) : std::nullopt;
}

std::optional<std::string> Data::get_string(std::string_view name) const {
  const auto field = find_field(text_, name);
  if (!field || field->kind != json::Kind::string) return std::nullopt;
  return unquoted(field->raw);
}

std::optional<Timestamp> Data::get_timestamp(std::string_view name) const {
  const auto text = get_string(name);
  return text ? base::parse_timestamp(*text) : std::nullopt;
}

std::optional<std::string> Data::get_json(std::string_view name) const {
  const auto field = find_field(text_, name);
  return field ? std::optional(std::string(field->raw)) : std::nullopt;
}

}  // namespace cfp
