#pragma once

#include <cstdint>
#include <string_view>

#include "model/record.h"

namespace cfp::support {

/// Another state for the record: `change` says what differs.
template <class Change>
void remake(model::Record& record, const Change& change) {
  model::ItemState::Content content = record.state->content();
  change(content);
  record.state = model::ItemState::make(content);
}

/// A record as the encoder makes it, for the rooms behind the encoder: no number, no time, no place in the versions.
inline model::Record made_record(std::string_view key, std::string_view collection_name, std::string_view item_name,
                                 const Value& value = {}, std::string_view data = "{}",
                                 model::Operation operation = model::Operation::store) {
  model::Record record;
  record.state = model::ItemState::make({.key = key,
                                         .collection_name = collection_name,
                                         .item_name = item_name,
                                         .data = data,
                                         .value = model::view_of(value),
                                         .operation = operation});
  model::hash_names(record);
  return record;
}

inline model::Record made_erase(std::string_view key, std::string_view collection_name, std::string_view item_name) {
  return made_record(key, collection_name, item_name, {}, "{}", model::Operation::erase);
}

/// With the number that the log would have given it.
inline model::Record numbered(model::Record record, std::uint64_t sequence) {
  record.state->sequence = sequence;
  record.state->updated_at_us = 1'700'000'000'000'000 + static_cast<std::int64_t>(sequence);
  return record;
}

}  // namespace cfp::support
