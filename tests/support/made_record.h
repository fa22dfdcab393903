#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "model/record.h"

namespace cfp::support {

/// A record as the encoder makes it, for the rooms behind the encoder: no number, no time, no place in the versions.
inline model::Record made_record(std::string key, std::string collection_name, std::string item_name, Value value = {},
                                 std::string data = "{}") {
  model::Record record;
  record.key = std::move(key);
  record.collection_name = std::move(collection_name);
  record.state = std::make_shared<model::ItemState>();
  record.state->item_name = std::move(item_name);
  record.state->value = std::move(value);
  record.state->data = std::move(data);
  model::hash_names(record);
  return record;
}

inline model::Record made_erase(std::string key, std::string collection_name, std::string item_name) {
  model::Record record = made_record(std::move(key), std::move(collection_name), std::move(item_name));
  record.state->operation = model::Operation::erase;
  return record;
}

/// With the number that the log would have given it.
inline model::Record numbered(model::Record record, std::uint64_t sequence) {
  record.state->sequence = sequence;
  record.state->updated_at_us = 1'700'000'000'000'000 + static_cast<std::int64_t>(sequence);
  return record;
}

}  // namespace cfp::support
