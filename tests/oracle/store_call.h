#pragma once

// One call that a test makes of a store, and how the record is known that came of it.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>

#include "cfp/data.h"
#include "model/record.h"

namespace cfp::oracle {

/// One store or delete; `number` is that of the call, and a field of a store's data, or who it was that deleted.
struct Call {
  std::string key, collection_name, item_name;
  std::uint64_t number = 0;
  std::uint64_t sequence = 0;
  bool erases = false;

  [[nodiscard]] auto item() const { return std::tie(key, collection_name, item_name); }
};

inline std::uint64_t number_of(const std::string& data) {
  return static_cast<std::uint64_t>(Data(data).get_int("number").value_or(-1));
}

inline std::uint64_t number_of(const model::Record& row) {
  if (row.state->operation() == model::Operation::store) return number_of(std::string(row.state->data()));
  return std::stoull(row.projection.username.value_or("0"));
}
inline bool could_be(const Call& call, const model::Record& row) {
  return number_of(row) == call.number &&
         std::tuple(row.key(), row.collection_name(), row.state->item_name()) == call.item();
}
inline void expect_same(const Call& call, const model::Record& row) {
  EXPECT_EQ(std::tuple(row.key(), row.collection_name(), row.state->item_name()), call.item()) << call.sequence;
  EXPECT_EQ(row.state->operation() == model::Operation::erase, call.erases) << call.sequence;
  EXPECT_EQ(number_of(row), call.number) << call.sequence;
}

}  // namespace cfp::oracle
