// The cache and the unflushed set as the engine joins them: whatever comes between the steps of a load, each record is
// seen once and counted once.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "cache/cache.h"
#include "flush/unflushed_set.h"
#include "support/made_record.h"

namespace cfp::cache {
namespace {

using support::made_record;
using support::numbered;

model::LoadedCollection latest_with(const std::string& item, std::uint32_t version, std::uint64_t sequence) {
  const model::Record record = numbered(made_record("k", "c", item), sequence);
  return {"c", {{item, record.state, {version, sequence}, 1}}};
}

/// Both, and a table whose snapshot is taken in the middle of a load.
struct Joined {
  std::function<void()> before_snapshot = [] {};
  std::function<void()> after_snapshot = [] {};
  std::optional<model::LoadedCollection> table;
  flush::UnflushedSet unflushed{1 << 30, 0};
  std::uint64_t last = 0;
  Cache cache{[this](std::string_view, std::optional<std::string_view>) {
    Snapshot snapshot;
    snapshot.pin = unflushed.pin();
    before_snapshot();
    if (table) snapshot.collections.push_back(*table);
    after_snapshot();
    return snapshot;
  }};

  void store() {
    model::Record record = numbered(made_record("k", "c", "a", static_cast<std::int64_t>(last + 1)), last + 1);
    EXPECT_TRUE(unflushed.try_reserve(model::footprint_bytes(record)));
    ++last;
    cache.apply({&record, 1}, false);
    unflushed.append({&record, 1});
  }
  /// What the flusher does: resolves, writes, and forgets as far as pins allow.
  void flush() {
    for (const model::Record* record : unflushed.after(0, 1000)) {
      if (!record->link.base || record->link.base->get()) continue;
      model::VersionBase base;
      if (table) base = table->items[0].base;
      record->link.base->resolve(base);
    }
    table = latest_with("a", static_cast<std::uint32_t>(last), last);
    unflushed.trim(last, [&](std::span<const model::Record> records) { cache.forget(records); });
  }
  void expect_all_seen() {
    const auto item = cache.get_item("k", "c", "a");
    ASSERT_TRUE(item);
    EXPECT_EQ(item->version(), last);
    EXPECT_EQ(item->sequence(), last);
  }
};

TEST(LoadBesideFlush, SeesAStoreAndAFlushBetweenThePinAndTheSnapshot) {
  Joined joined;
  for (int i = 0; i < 3; ++i) joined.store();
  joined.flush();
  joined.before_snapshot = [&] {
    joined.store();
    joined.flush();
    joined.store();
  };
  joined.expect_all_seen();
}

TEST(LoadBesideFlush, SeesAStoreAndAFlushBetweenTheSnapshotAndTheMerge) {
  Joined joined;
  for (int i = 0; i < 3; ++i) joined.store();
  joined.flush();
  joined.after_snapshot = [&] {
    joined.store();
    joined.flush();
    joined.store();
  };
  joined.expect_all_seen();
  joined.after_snapshot = [] {};
  joined.store();
  joined.flush();
  joined.expect_all_seen();
}

TEST(LoadBesideFlush, SeesAFlushOfWhatTheOverlayHadBeforeTheLoad) {
  Joined joined;
  joined.store();
  joined.flush();
  joined.store();
  joined.store();
  joined.after_snapshot = [&] { joined.flush(); };
  joined.expect_all_seen();
}

TEST(LoadBesideFlush, CountsRightWhenAnItemIsForgottenAndStoredAgainBeforeItIsRead) {
  Joined joined;
  for (int i = 0; i < 5; ++i) {
    joined.store();
    joined.store();
    joined.flush();
    EXPECT_EQ(joined.cache.keys(), 0U);
  }
  joined.store();
  joined.expect_all_seen();
}

TEST(LoadBesideFlush, SeesAStoreDuringALoadThatFindsNothing) {
  Joined joined;
  joined.after_snapshot = [&] { joined.store(); };
  joined.expect_all_seen();
  EXPECT_EQ(joined.cache.misses(), 0U);
}

TEST(LoadBesideFlush, ManyThreadsSeeEachItemGoForwardOnly) {
  Joined joined;
  std::atomic<bool> stop{false};
  joined.store();
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      std::uint64_t seen = 0;
      while (!stop) {
        const auto item = joined.cache.get_item("k", "c", "a");
        ASSERT_TRUE(item);
        EXPECT_EQ(item->version(), item->sequence());
        EXPECT_GE(item->sequence(), seen);
        seen = item->sequence();
      }
    });
  }
  for (int i = 0; i < 3000; ++i) joined.store();
  stop = true;
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace cfp::cache
