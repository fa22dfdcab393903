// The allocations inside the calls that store and read fail, one after another. Each call succeeds, or throws and
// leaves what was acknowledged as it was (P1 to P3, P5); the store goes on, or says that it has to be opened again.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <string>

#include "memory/store_under_test.h"

namespace cfp::memory {
namespace {

class StoreWithoutMemory : public ::testing::Test {
 protected:
  StoreWithoutMemory() { store_.open(); }

  /// One record of the name that `name_of` gives for each number, with that allocation failing.
  template <class NameOf>
  void sweep_stores(const NameOf& name_of) {
    const std::uint64_t failed = sweep(100, 1000, [&](std::uint64_t number) {
      const Outcome outcome = store_.store_one(name_of(number), number);
      if (outcome.succeeded) return outcome;
      if (!store_.goes_on()) {
        ++refusals_;
        store_.reopen();
        EXPECT_TRUE(store_.goes_on());
      }
      return outcome;
    });
    EXPECT_GT(failed, 10U) << "nothing failed";
    store_.expect_whole_through_opens();
  }

  StoreUnderTest store_;
  int refusals_ = 0;
};

TEST_F(StoreWithoutMemory, StoresANewItemOfANewKeyOrThrows) {
  sweep_stores([](std::uint64_t n) {
    return StoreUnderTest::Name{long_name("key", n), long_name("collection", n), long_name("item", n)};
  });
}

TEST_F(StoreWithoutMemory, StoresAKnownItemOrThrows) {
  const StoreUnderTest::Name name{long_name("key", 0), "", long_name("item", 0)};
  store_.store_one(name);
  sweep_stores([&](std::uint64_t) { return name; });
}

TEST_F(StoreWithoutMemory, StoresIntoALoadedCollectionOrThrows) {
  for (std::uint64_t n = 0; n < 5; ++n) store_.store_one({"key", "collection", long_name("item", n)});
  store_.store().close();
  store_.open();
  sweep_stores([&](std::uint64_t n) {
    static_cast<void>(store_.store().get_key("key"));
    return StoreUnderTest::Name{"key", "collection", long_name("item", n % 7)};
  });
}

TEST_F(StoreWithoutMemory, StoresWhereAMissIsRememberedOrThrows) {
  sweep_stores([&](std::uint64_t n) {
    EXPECT_FALSE(store_.store().get_key(long_name("key", n)));
    EXPECT_FALSE(store_.store().get_key("key", long_name("collection", n)));
    return n % 2 == 0 ? StoreUnderTest::Name{long_name("key", n), "", "item"}
                      : StoreUnderTest::Name{"key", long_name("collection", n), "item"};
  });
}

TEST_F(StoreWithoutMemory, TakesACallOfStoreAsyncAndTellsItOrThrows) {
  const std::uint64_t failed = sweep(100, 1000, [&](std::uint64_t number) {
    const StoreUnderTest::Name name{long_name("key", number), "", "item"};
    std::uint64_t sequence = 0;
    std::atomic<int> told{0};
    std::exception_ptr error;
    const StoreCallback done = [&](std::uint64_t given, const std::exception_ptr& cause) {
      sequence = given;
      error = cause;
      ++told;
      told.notify_all();
    };
    StoreCallback copy = done;
    std::string key = std::get<0>(name);
    Data data(R"({"city":"somewhere"})");
    const Outcome outcome = outcome_of(
        [&] {
          store_.store().store_async(std::move(key), std::move(data), "item", "", Value(), std::nullopt, std::nullopt,
                                     std::move(copy));
        },
        number);
    if (outcome.succeeded) {
      told.wait(0);
      EXPECT_FALSE(error);
      store_.note(name, sequence, R"({"city":"somewhere"})");
    } else {
      EXPECT_EQ(told, 0) << "told of what was not taken";
    }
    return outcome;
  });
  EXPECT_GT(failed, 2U);
  EXPECT_TRUE(store_.goes_on());
  store_.expect_whole_through_opens();
}

class ReadWithoutMemory : public ::testing::Test {
 protected:
  /// Allocations of a read that are tried, each on a key of its own, and some keys to spare.
  const std::size_t wanted_ = std::max<std::size_t>(20, support::at_effort({.ci = 20, .proof = 80, .soak = 80}));
  const std::uint64_t keys_ = 2 * (wanted_ + 6);

  /// Keys with collections and items in the tables, of which no reader knows yet, and some with newer records that the
  /// tables do not have.
  void SetUp() override {
    store_.open();
    for (std::uint64_t n = 0; n < keys_; ++n) {
      for (std::uint64_t i = 0; i < 3; ++i) {
        store_.store_one({long_name("key", n), i % 2 == 0 ? "" : long_name("collection", i), long_name("item", i)});
      }
    }
    store_.reopen();
    for (std::uint64_t n = 0; n < keys_; n += 2) {
      store_.store_one({long_name("key", n), "", long_name("item", 0)});
      store_.store_one({long_name("key", n), "", long_name("item", 9)});
    }
  }

  /// `read(key)` for one key after another, each allocation of it failing once; then the same read with memory enough.
  template <class Read>
  void sweep_reads(std::uint64_t first_key, const Read& read) {
    std::uint64_t key = first_key + 2;  // even: of those with newer records; odd: of the others
    const std::uint64_t total = allocations_of([&] { read(long_name("key", first_key)); });
    const std::uint64_t failed = sweep(total, wanted_, [&](std::uint64_t number) {
      const std::string name = long_name("key", key);
      key += 2;
      EXPECT_LE(key, keys_ + 1) << "more allocations than keys";
      const Outcome outcome = outcome_of([&] { read(name); }, number);
      read(name);
      return outcome;
    });
    EXPECT_GT(failed, 5U);
    EXPECT_TRUE(store_.goes_on());
    store_.expect_whole_through_opens();
  }

  StoreUnderTest store_;
};

TEST_F(ReadWithoutMemory, LoadsAnItemOfAnOverlayOrThrows) {
  sweep_reads(
      0, [&](const std::string& key) { static_cast<void>(store_.store().get_item(key, "", long_name("item", 2))); });
}

TEST_F(ReadWithoutMemory, LoadsAnItemOfAnUnknownCollectionOrThrows) {
  sweep_reads(
      1, [&](const std::string& key) { static_cast<void>(store_.store().get_item(key, "", long_name("item", 2))); });
}

TEST_F(ReadWithoutMemory, LoadsAKeyOrThrows) {
  for (const std::uint64_t first : {0U, 1U}) {
    sweep_reads(first, [&](const std::string& key) { static_cast<void>(store_.store().get_key(key)); });
    if (first == 0) store_.reopen();
  }
}

TEST_F(ReadWithoutMemory, RemembersAMissOrThrows) {
  sweep_reads(1, [&](const std::string& key) {
    static_cast<void>(store_.store().get_key(key + " that nobody stored"));
    static_cast<void>(store_.store().get_key(key, "a collection that nobody stored"));
  });
}

}  // namespace
}  // namespace cfp::memory
