#pragma once

// A version of an item, as it was stored and as a table has it.

#include <bit>
#include <cmath>
#include <compare>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>

#include "cfp/record.h"

namespace cfp::oracle {

/// What a model found wrong; a property takes it for a failure and looks for a shorter one.
inline void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

struct ModelName {
  std::string key, collection_name, item_name;
  friend auto operator<=>(const ModelName&, const ModelName&) = default;
};

/// One version as it was stored.
struct ModelVersion {
  Value value;
  std::string data;  ///< The one text.
  Timestamp timestamp;
  std::optional<std::string> username, status;
  std::optional<std::int64_t> status_int;
  std::uint64_t sequence = 0;
};

/// One row of a table as it was read: `version` with the names of the item and its place.
struct ModelRow {
  ModelName name;
  std::uint32_t version = 0;
  std::uint64_t previous_sequence = 0;  ///< In history only.
  ModelVersion stored;                  ///< Of the timestamp only the moment: the column has no offset.
};

/// Equal as readers and programs see it: NaN is NaN, and -0.0 is not 0.0.
inline bool is_same(const Value& a, const Value& b) {
  const auto* left = std::get_if<double>(&a);
  const auto* right = std::get_if<double>(&b);
  if (left == nullptr || right == nullptr) return a == b;
  return (std::isnan(*left) && std::isnan(*right)) ||
         std::bit_cast<std::uint64_t>(*left) == std::bit_cast<std::uint64_t>(*right);
}

}  // namespace cfp::oracle
