#pragma once

// Turns what a caller stores into a record: validates, makes the one canonical text of `data`, and finds the special
// fields in it. The only place that accepts or refuses user data.

#include <optional>
#include <string_view>

#include "cfp/change_options.h"
#include "model/record.h"
#include "model/schema.h"

namespace cfp::model {

struct StoreInput {
  std::string_view key;
  std::string_view collection_name;
  std::string_view item_name;
  std::string_view data;  ///< JSON text
  const Value& value;
  const std::optional<Timestamp>& timestamp;
  const std::optional<std::string_view>& username;
};

struct DeleteInput {
  std::string_view key;
  std::string_view collection_name;
  std::string_view item_name;
  std::optional<std::string_view> username;
};

struct EncodingRules {
  const Schema& schema;
  bool normalize_datetimes = true;
};

/// Validates and encodes (behaviour: docs/formats/record.md). `now` is the default of the timestamp.
/// Throws InvalidRecordError or ExtraSchemaError naming the field; nothing is changed by a failure.
/// The result has no sequence, no updated_at and no version link yet.
Record encode(const StoreInput& input, const EncodingRules& rules, Timestamp now);

/// The record of a delete, a *tombstone*: names and who. Throws InvalidRecordError.
Record encode_delete(const DeleteInput& input, const Schema& schema);

/// Adds why the record is written and for which request, as far as the options say. Throws InvalidRecordError.
void annotate(Record& record, const ChangeOptions& options);

/// Fills the projection of a record whose canonical text was written earlier (replay, import). A field that does not
/// fit is NULL there; returns how many did not.
std::uint32_t project(Record& record, const Schema& schema);
/// What one column shows of a canonical text; nullopt: the field is there and does not fit.
std::optional<ColumnValue> project_field(std::string_view data, const Column& column);

/// Whether text is acceptable as a name: UTF-8, no NUL, at most 4,096 bytes. Throws InvalidRecordError naming `what`.
void check_name(std::string_view name, std::string_view what);

}  // namespace cfp::model
