#include <gtest/gtest.h>

#include "cfp/record.h"
#include "model/record.h"

namespace cfp {
namespace {

Record make_record(std::string_view item_name, std::uint32_t version) {
  const auto state = model::ItemState::make(
      {.key = "k",
       .collection_name = "c",
       .item_name = item_name,
       .data = R"({"status":"valid","status_int":3,"timestamp":"2025-01-15T10:30:00+02:00","username":"ann"})",
       .value = 1.75,
       .timestamp = Timestamp("2025-01-15T10:30:00+02:00"),
       .sequence = 42,
       .updated_at_us = 1'736'937'000'000'001});
  return Record(*state, version);
}

TEST(ItemRecord, GivesEverythingOfItsState) {
  const Record record = make_record("height", 7);
  EXPECT_EQ(record.item_name(), "height");
  EXPECT_EQ(record.value(), Value(1.75));
  EXPECT_EQ(record.version(), 7U);
  EXPECT_EQ(record.sequence(), 42U);
  EXPECT_EQ(record.timestamp(), Timestamp("2025-01-15T10:30:00+02:00"));
  EXPECT_EQ(record.updated_at(), Timestamp("2025-01-15T10:30:00.000001Z"));
  EXPECT_EQ(record.status(), "valid");
  EXPECT_EQ(record.status_int(), 3);
  EXPECT_EQ(record.username(), "ann");
  EXPECT_EQ(record.data().get_timestamp("timestamp"), record.timestamp());
}

TEST(Items, FindByName) {
  const Items items({make_record("a", 1), make_record("", 2)});
  ASSERT_NE(items.find(""), nullptr);
  EXPECT_EQ(items.find("")->version(), 2U);
  EXPECT_EQ(items.find("b"), nullptr);
  EXPECT_EQ(Items().find("a"), nullptr);
}

}  // namespace
}  // namespace cfp
