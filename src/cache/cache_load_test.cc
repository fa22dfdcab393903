// Loads beside each other.

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "cache/cache.h"
#include "cfp/error.h"
#include "support/made_record.h"

namespace cfp::cache {
namespace {

using support::made_record;
using support::numbered;

model::LoadedCollection table_of(const std::string& item, std::uint32_t version, std::uint64_t sequence) {
  const model::Record record = numbered(made_record("k", "c", item), sequence);
  return {"c", {{item, record.state, {version, sequence}, 1}}};
}

TEST(CacheLoad, ConcurrentFirstReadsShareOneLoad) {
  std::latch in_loader{1}, go_on{1};
  std::atomic<int> loads{0};
  Cache cache([&](std::string_view, std::optional<std::string_view>) {
    if (++loads == 1) {
      in_loader.count_down();
      go_on.wait();
    }
    return Snapshot{{table_of("a", 4, 9)}, nullptr};
  });
  std::thread first([&] { EXPECT_EQ(cache.get_item("k", "c", "a")->version(), 4U); });
  in_loader.wait();
  std::vector<std::thread> others;
  for (int i = 0; i < 8; ++i) {
    others.emplace_back([&] { EXPECT_EQ(cache.get_collection("k", "c")->size(), 1U); });
  }
  go_on.count_down();
  first.join();
  for (std::thread& other : others) other.join();
  EXPECT_EQ(loads, 1);
}

TEST(CacheLoad, AReadOfWhatIsLoadedDoesNotWaitForALoadOfItsNeighbour) {
  std::latch in_loader{1}, go_on{1};
  Cache cache([&](std::string_view, std::optional<std::string_view> collection) {
    if (collection != "slow") return Snapshot{{table_of("a", 1, 1)}, nullptr};
    in_loader.count_down();
    go_on.wait();
    return Snapshot{};
  });
  EXPECT_TRUE(cache.get_collection("k", "c"));
  std::thread slow([&] { EXPECT_FALSE(cache.get_collection("k", "slow")); });
  in_loader.wait();
  EXPECT_TRUE(cache.get_collection("k", "c"));  // would hang
  model::Record record = numbered(made_record("k", "slow2", "i"), 5);
  cache.apply({&record, 1}, false);  // and so would this
  go_on.count_down();
  slow.join();
}

TEST(CacheLoad, AFailedLoadIsTheReadersErrorAndTheNextReadTriesAgain) {
  int loads = 0;
  Cache cache([&](std::string_view, std::optional<std::string_view>) {
    if (++loads == 1) throw CollectionFastPersistError(ErrorCode::io, "no table");
    return Snapshot{{table_of("a", 1, 1)}, nullptr};
  });
  EXPECT_THROW(static_cast<void>(cache.get_key("k")), CollectionFastPersistError);
  EXPECT_TRUE(cache.get_key("k"));
  EXPECT_EQ(loads, 2);
}

}  // namespace
}  // namespace cfp::cache
