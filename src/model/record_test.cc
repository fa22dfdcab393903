#include "model/record.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace cfp::model {
namespace {

// Part of the file format: these numbers stand in tables on disk.
TEST(Hash, NeverChanges) {
  EXPECT_EQ(base::hash64(""), 0xefd01f60ba992926ULL);
  EXPECT_EQ(base::hash64("key"), 0xcf8c79838f3b3030ULL);
  EXPECT_EQ(item_hash("key", "collection", "item"), 0x15ecc657d51d77eaULL);
}

TEST(ItemHash, TellsWhereOneNameEndsAndTheNextBegins) {
  EXPECT_NE(item_hash("a", "b", "c"), item_hash("ab", "", "c"));
  EXPECT_NE(item_hash("a", "b", "c"), item_hash("a", "bc", ""));
  EXPECT_NE(item_hash("a", "b", "c"), item_hash("b", "a", "c"));
}

TEST(Footprint, CountsWhatARecordHolds) {
  Record record;
  record.state = ItemState::make({});
  const std::uint64_t empty = footprint_bytes(record);
  const std::string text(10'000, 'x');
  record.state = ItemState::make({.data = text});
  EXPECT_GE(footprint_bytes(record), empty + 9'900);
  record.state = ItemState::make({.data = text, .value = std::string_view(text).substr(5'000)});
  record.projection.extra = {std::string(3'000, 'x')};
  record.projection.username = std::string(1'000, 'x');
  EXPECT_GE(footprint_bytes(record), empty + 18'800);
}

}  // namespace
}  // namespace cfp::model
