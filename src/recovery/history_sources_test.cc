#include "recovery/history_sources.h"

#include <gtest/gtest.h>

#include "cfp/error.h"

namespace cfp::recovery {
namespace {

using Kind = HistorySource::Kind;

TEST(StoreOfDirectory, IsHistorysOwnUnlessLogOrBackupsAreAnothers) {
  EXPECT_EQ(store_of_directory({"a", false, "", {}, {}}), "a");
  EXPECT_EQ(store_of_directory({"a", false, "b", {"a", "b"}, {}}), "a") << "a stray segment";
  EXPECT_EQ(store_of_directory({"a", false, "b", {"b"}, {"a"}}), "a");
  EXPECT_EQ(store_of_directory({"a", true, "", {"b"}, {}}), "a") << "a new store, and a stray segment";
  EXPECT_EQ(store_of_directory({"a", false, "a", {"b", "b"}, {"b"}}), "b") << "both files were swapped in";
  EXPECT_EQ(store_of_directory({"a", false, "", {}, {"b"}}), "b");
}

TEST(StoreOfDirectory, IsWhatLogAndBackupsAgreeOnWhenHistoryCannotBeRead) {
  EXPECT_EQ(store_of_directory({"", false, "", {}, {}}), "");
  EXPECT_EQ(store_of_directory({"", false, "c", {}, {}}), "c");
  EXPECT_EQ(store_of_directory({"", false, "c", {"b"}, {}}), "b");
  EXPECT_EQ(store_of_directory({"", false, "c", {"b", "c"}, {}}), "c");
  EXPECT_EQ(store_of_directory({"", false, "", {"b", "c"}, {"b"}}), "b");
}

TEST(StoreOfDirectory, IsNotGuessed) {
  for (const bool is_empty : {false, true}) {
    try {
      ADD_FAILURE() << store_of_directory({"a", is_empty, "b", {}, {}});
    } catch (const CollectionFastPersistError& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt);
      EXPECT_NE(std::string(error.what()).find("storage_latest.duckdb (a, b)"), std::string::npos) << error.what();
    }
  }
  for (const StoreIds& ids : {StoreIds{"", false, "", {"b", "c"}, {}}, StoreIds{"", false, "", {"b", "c"}, {"b", "c"}},
                              StoreIds{"a", false, "a", {"b", "c"}, {}}}) {
    try {
      ADD_FAILURE() << store_of_directory(ids);
    } catch (const CollectionFastPersistError& error) {
      EXPECT_EQ(error.code(), ErrorCode::corrupt);
      EXPECT_NE(std::string(error.what()).find("different stores"), std::string::npos);
    }
  }
}

/// A log that begins behind record 10 and ends with 30.
LogReach reach_of_log(std::uint64_t watermark) {
  if (watermark < 10) throw CollectionFastPersistError(ErrorCode::corrupt, "a gap");
  return {std::max<std::uint64_t>(watermark, 30), watermark < 30 ? 30 - watermark : 0};
}

class ChooseSource : public testing::Test {
 protected:
  std::optional<HistoryChoice> choose(const std::vector<HistorySource>& sources, std::uint64_t required) {
    read_.clear();
    reasons_.clear();
    return choose_source(sources, required,
                         {reach_of_log,
                          [this](const HistorySource& source) {
                            read_.push_back(source.name);
                            return source.name != rotten_;
                          }},
                         reasons_);
  }
  const HistorySource log_{Kind::log, "the log alone", {}, 0};
  std::string rotten_;
  std::vector<std::string> read_, reasons_;
};

TEST_F(ChooseSource, TakesTheFirstFromWhichTheLogLeadsToWhatIsKnown) {
  const auto choice = choose({{Kind::checkpoint, "old", {}, 5}, {Kind::backup, "b", {}, 20}, log_}, 30);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->source.name, "b");
  EXPECT_EQ(choice->reach.records, 10U);
  EXPECT_EQ(read_, std::vector<std::string>{"b"}) << "what does not serve is not read";
  EXPECT_EQ(reasons_, std::vector<std::string>{"old, which holds the records through 5: a gap"});
}

TEST_F(ChooseSource, PassesOverARottenOne) {
  rotten_ = "new";
  const auto choice = choose({{Kind::backup, "new", {}, 25}, {Kind::backup, "old", {}, 10}}, 30);
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->source.name, "old");
  EXPECT_EQ(reasons_, std::vector<std::string>{"new is damaged"});
}

TEST_F(ChooseSource, NeedsNoLogForWhatHoldsEverything) { EXPECT_TRUE(choose({{Kind::backup, "b", {}, 40}}, 40)); }

TEST_F(ChooseSource, NeverGoesBackBehindWhatIsKnown) {
  EXPECT_FALSE(choose({{Kind::backup, "b", {}, 20}, log_}, 31));
  EXPECT_EQ(reasons_,
            (std::vector<std::string>{"b, which holds the records through 20: the log leads only through record 30",
                                      "the log alone: a gap"}));
  EXPECT_FALSE(choose({}, 0));
}

}  // namespace
}  // namespace cfp::recovery
