#include "history/change_feed.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "support/flusher_on_fakes.h"
#include "support/made_record.h"

namespace cfp::history {
namespace {

using std::chrono::milliseconds;

class ChangeFeedTest : public ::testing::Test {
 protected:
  ChangeFeedTest() {
    fakes_.open_history = [this] { return fakes_.store_of_tables->open_history({}, "id"); };
    fakes_.open.replace_history(fakes_.open_history);
  }
  ~ChangeFeedTest() override { feed_->close(); }

  void store(const std::string& item) {
    fakes_.store(item);
    sync();
  }
  /// A record whose number is not the next one.
  void skip_to(std::uint64_t sequence, const std::string& key = "k") {
    model::Record record = support::numbered(support::made_record(key, "c", "i" + std::to_string(sequence)), sequence);
    record.link.step = 1;
    ASSERT_TRUE(fakes_.unflushed.try_reserve(model::footprint_bytes(record)));
    fakes_.unflushed.append({&record, 1});
    sync();
  }
  void sync() {
    synced_ = fakes_.unflushed.last_sequence();
    feed_->notify();
  }
  /// Out of memory, too.
  void flush() { fakes_.flusher.update_latest(); }
  /// "sequence:item:version " of each change that is there, "-" before a delete, "[first,last] " of a gap.
  std::string all_of(ChangeCursor& cursor) {
    std::string out;
    while (true) {
      const auto event = cursor.next(milliseconds(0));  // a page a call, where nothing matches
      if (event) out += text_of(*event) + " ";
      if (!event && (cursor.position() >= synced_ || cursor.ended())) return out;
    }
  }
  static std::string text_of(const WatchEvent& event) {
    if (const auto* const gap = std::get_if<SequenceGap>(&event)) {
      return "[" + std::to_string(gap->first) + "," + std::to_string(gap->last) + "]";
    }
    const auto& change = std::get<Change>(event);
    const Record& record = change.version.record;
    std::string text = std::to_string(record.sequence()) + ":" + (change.version.deleted ? "-" : "") +
                       std::string(record.item_name()) + ":" + std::to_string(record.version());
    if (change.old) text += "<" + std::to_string(change.old->record.sequence());
    return text;
  }
  std::shared_ptr<ChangeCursor> open(std::optional<std::uint64_t> from, std::string prefix = "",
                                     bool with_old = false) {
    return feed_->open({std::move(prefix), from, with_old});
  }

  support::FlusherOnFakes fakes_;
  cache::Cache cache_{[](std::string_view, std::optional<std::string_view>) { return cache::Snapshot(); }};
  std::atomic<std::uint64_t> synced_{0};
  std::atomic<bool> is_forked_{false};
  std::shared_ptr<ChangeFeed> feed_ = std::make_shared<ChangeFeed>(
      PastSources{cache_, fakes_.unflushed, fakes_.open},
      ChangeFeed::Calls{[this] { return synced_.load(); }, [this] { return is_forked_.load(); }, {}});
};

TEST_F(ChangeFeedTest, GivesWhatIsOnDiskAndNothingElse) {
  const auto cursor = open(0);
  fakes_.store("a");
  fakes_.store("b");
  EXPECT_EQ(all_of(*cursor), "");
  synced_ = 1;
  EXPECT_EQ(all_of(*cursor), "1:a:1 ");
  synced_ = 2;
  EXPECT_EQ(all_of(*cursor), "2:b:1 ");
  EXPECT_EQ(cursor->position(), 2U);
}

TEST_F(ChangeFeedTest, ReadsOnFromTheTableIntoMemory) {
  for (const char* item : {"a", "b", "a", "c", "a"}) store(item);
  flush();
  ASSERT_EQ(fakes_.unflushed.trimmed_through(), 5U);
  fakes_.erase("b");
  store("a");
  EXPECT_EQ(all_of(*open(0)), "1:a:1 2:b:1 3:a:2 4:c:1 5:a:3 6:-b:2 7:a:4 ");
  EXPECT_EQ(all_of(*open(4)), "5:a:3 6:-b:2 7:a:4 ");
  EXPECT_EQ(all_of(*open(std::nullopt)), "");
}

TEST_F(ChangeFeedTest, LosesNothingToAFlushInTheMidst) {
  for (const char* item : {"a", "b", "c", "d"}) store(item);
  const auto cursor = open(0);
  EXPECT_EQ(text_of(*cursor->next(milliseconds(0))), "1:a:1");
  flush();
  store("a");
  flush();
  EXPECT_EQ(all_of(*cursor), "2:b:1 3:c:1 4:d:1 5:a:2 ");
}

TEST_F(ChangeFeedTest, FindsWhatWasBefore) {
  for (const char* item : {"a", "b", "a"}) store(item);
  flush();
  for (const char* item : {"b", "a", "a"}) store(item);
  EXPECT_EQ(all_of(*open(0, "", true)), "1:a:1 2:b:1 3:a:2<1 4:b:2<2 5:a:3<3 6:a:4<5 ");
  EXPECT_EQ(all_of(*open(4, "", true)), "5:a:3<3 6:a:4<5 ");
  flush();
  EXPECT_EQ(all_of(*open(4, "", true)), "5:a:3<3 6:a:4<5 ");
}

TEST_F(ChangeFeedTest, TellsOfNumbersThatNobodyHas) {
  skip_to(3);
  skip_to(4);
  skip_to(9, "other");
  EXPECT_EQ(all_of(*open(0)), "[1,2] 3:i3:1 4:i4:1 [5,8] 9:i9:1 ");
  EXPECT_EQ(all_of(*open(4, "other")), "[5,8] 9:i9:1 ");
  EXPECT_EQ(all_of(*open(6, "k")), "[7,8] ");
}

TEST_F(ChangeFeedTest, TellsOfThemInTheTableToo) {
  skip_to(3);
  skip_to(9);
  fakes_.flusher.flush();
  fakes_.flusher.update_latest();
  ASSERT_EQ(fakes_.unflushed.trimmed_through(), 9U);
  EXPECT_EQ(all_of(*open(0)), "[1,2] 3:i3:1 [4,8] 9:i9:1 ");
}

TEST_F(ChangeFeedTest, PassesOverWhatDoesNotMatch) {
  for (std::uint64_t sequence = 1; sequence <= 8; ++sequence) skip_to(sequence, sequence % 4 == 0 ? "ab" : "b");
  const auto cursor = open(0, "a");
  EXPECT_EQ(all_of(*cursor), "4:i4:1 8:i8:1 ");
  const auto nothing = open(0, "abc");
  EXPECT_EQ(all_of(*nothing), "");
  EXPECT_EQ(nothing->position(), 8U);
  flush();
  EXPECT_EQ(all_of(*nothing), "") << "its place is behind what was read";
  EXPECT_EQ(all_of(*open(0, "a")), "4:i4:1 8:i8:1 ");
}

TEST_F(ChangeFeedTest, RefusesAPlaceThatTheStoreHasNotReached) {
  store("a");
  EXPECT_EQ(open(1)->position(), 1U);
  try {
    open(2);
    FAIL() << "it is another store's";
  } catch (const CollectionFastPersistError& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_NE(std::string(error.what()).find("last sequence is 1"), std::string::npos) << error.what();
  }
  EXPECT_THROW(open(0, "\xff"), CollectionFastPersistError);
}

TEST_F(ChangeFeedTest, IsWokenByARecordAStopAndAClose) {
  const auto one = open(0), two = open(0), three = open(0);
  std::atomic<int> woken{0};
  std::thread other([&] {
    EXPECT_TRUE(two->next(std::chrono::hours(10)));
    ++woken;
    EXPECT_FALSE(two->next(std::chrono::hours(10)));
  });
  std::thread stopped([&] { EXPECT_FALSE(three->next(std::chrono::hours(10))); });
  std::this_thread::sleep_for(milliseconds(20));
  three->stop();
  stopped.join();
  store("a");
  while (woken == 0) std::this_thread::yield();
  feed_->close();
  other.join();
  EXPECT_TRUE(two->ended());
  EXPECT_FALSE(one->ended()) << "the close has read what it lacks";
  EXPECT_EQ(all_of(*one), "1:a:1 ");
  EXPECT_TRUE(one->ended());
  EXPECT_THROW(open(0), CollectionFastPersistError);
}

TEST_F(ChangeFeedTest, CallsBackOnceWhereNobodyWaits) {
  const auto cursor = open(0);
  int calls = 0;
  cursor->wake_when_ready([&] { ++calls; });
  EXPECT_EQ(calls, 0);
  store("a");
  store("b");
  EXPECT_EQ(calls, 1);
  cursor->wake_when_ready([&] { ++calls; });
  EXPECT_EQ(calls, 2) << "there is something";
  EXPECT_FALSE(cursor->take());
  EXPECT_TRUE(cursor->fetch());
  EXPECT_TRUE(cursor->take() && cursor->take() && !cursor->take());
  cursor->wake_when_ready([&] { ++calls; });
  EXPECT_EQ(calls, 2);
  cursor->stop();
  EXPECT_EQ(calls, 3);
}

TEST_F(ChangeFeedTest, IsNotForAForkedChild) {
  const auto cursor = open(0);
  is_forked_ = true;
  const std::string where = "the parent's";
  for (const auto& call : {std::function<void()>([&] { cursor->next(milliseconds(0)); }),
                           std::function<void()>([&] { cursor->take(); })}) {
    EXPECT_THROW(call(), CollectionFastPersistError) << where;
  }
  cursor->stop();
}

/// Whatever is in its hands already, and wherever the rest is.
TEST_F(ChangeFeedTest, GivesAfterACloseWhatWasStoredBeforeIt) {
  store("a");
  const auto in_hand = open(0), behind = open(0), ahead = open(1);
  EXPECT_TRUE(in_hand->fetch());
  store("b");
  flush();
  store("c");
  feed_->close();
  EXPECT_EQ(all_of(*in_hand), "1:a:1 2:b:1 3:c:1 ");
  EXPECT_EQ(all_of(*behind), "1:a:1 2:b:1 3:c:1 ");
  EXPECT_EQ(all_of(*ahead), "2:b:1 3:c:1 ");
  EXPECT_TRUE(in_hand->ended());
}

}  // namespace
}  // namespace cfp::history
