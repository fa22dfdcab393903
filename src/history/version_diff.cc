#include "history/version_diff.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/json.h"
#include "history/item_history.h"

namespace cfp::history {
namespace {

/// A bool is in the data only because no column tells it from a number: it is the value, and no field.
bool is_field(const json::Field& field, const Value& value) {
  return field.name != "value" || field.kind != json::Kind::boolean || !std::holds_alternative<bool>(value);
}

std::vector<json::Field> fields_of(const ItemVersion& version) {
  std::vector<json::Field> fields;
  if (version.deleted) return fields;
  for (const json::Field& field : json::Fields(version.record.data_text())) {
    if (is_field(field, version.record.value())) fields.push_back(field);
  }
  return fields;
}

bool is_same(const Value& a, const Value& b) {
  const auto* const x = std::get_if<double>(&a);
  const auto* const y = std::get_if<double>(&b);
  return a == b || (x != nullptr && y != nullptr && std::isnan(*x) && std::isnan(*y));
}

std::vector<FieldChange> changes_between(const std::vector<json::Field>& before,
                                         const std::vector<json::Field>& after) {
  // By name, so that many fields take no time squared.
  const auto by_name = [](std::vector<json::Field> fields) {
    std::ranges::sort(fields, {}, &json::Field::name);
    return fields;
  };
  const auto find = [](const std::vector<json::Field>& sorted, std::string_view name) -> const json::Field* {
    const auto at = std::ranges::lower_bound(sorted, name, {}, &json::Field::name);
    return at != sorted.end() && at->name == name ? &*at : nullptr;
  };
  const auto name_of = [](const json::Field& field) { return json::unquote("\"" + std::string(field.name) + "\""); };
  std::vector<FieldChange> changes;
  const auto sorted_after = by_name(after), sorted_before = by_name(before);
  for (const json::Field& field : before) {
    const json::Field* const other = find(sorted_after, field.name);
    if (other != nullptr && other->raw == field.raw) continue;
    changes.push_back({name_of(field), std::string(field.raw),
                       other == nullptr ? std::nullopt : std::optional(std::string(other->raw))});
  }
  for (const json::Field& field : after) {
    if (find(sorted_before, field.name) == nullptr) {
      changes.push_back({name_of(field), std::nullopt, std::string(field.raw)});
    }
  }
  return changes;
}

}  // namespace

VersionDiff diff_of(ItemVersion before, ItemVersion after) {
  VersionDiff diff{std::move(before), std::move(after), {}, false};
  diff.fields = changes_between(fields_of(diff.before), fields_of(diff.after));
  diff.value_changed = !is_same(diff.before.record.value(), diff.after.record.value());
  return diff;
}

VersionDiff diff_of(const PastSources& sources, const ItemNames& names, std::uint32_t before, std::uint32_t after) {
  const auto version = [&](std::uint32_t number) {
    auto found = version_of(sources, names, number);
    if (found) return *std::move(found);
    throw CollectionFastPersistError(
        ErrorCode::invalid_argument,
        "Nothing was compared: version " + std::to_string(number) + " of the item is not there.");
  };
  return diff_of(version(before), version(after));
}

}  // namespace cfp::history
