// One process, one instance: locks, forks, and calls at the wrong time.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "crash/child_process.h"
#include "oracle/opened_store.h"

namespace cfp::oracle {
namespace {

class Process : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path path() const { return directory_.path() / "store"; }
  [[nodiscard]] CollectionConfig config() const { return calm_config(path()); }
  static void store_async(CollectionFastPersist& store, const std::string& item) {
    store.store_async("k", "{}", item, "", {}, std::nullopt, std::nullopt,
                      [](std::uint64_t, const std::exception_ptr&) {});
  }

 private:
  const support::TemporaryDirectory directory_;
};

TEST_F(Process, ASecondInstanceInThisProcessIsRefusedWithTheTextOfTheSpecification) {
  CollectionFastPersist store(kDay, config());
  const auto open = [&] { CollectionFastPersist second(kDay, config()); };
  EXPECT_EQ(code_of(open), ErrorCode::locked);
  const std::string text = text_of(open);
  EXPECT_TRUE(text.starts_with("Another instance is already running for date 2025-12-24.\nLock file exists at " +
                               (path() / ".lock_2025-12-24").string() + "\n"))
      << text;
  EXPECT_NE(text.find("pid " + std::to_string(::getpid())), std::string::npos) << text;
  EXPECT_EQ(code_of([&] { CollectionFastPersist second(kNextDay, config()); }), ErrorCode::locked);
  EXPECT_GT(store.store("k", "{}", "i"), 0U);
}

TEST_F(Process, TheErrorNamesTheHolderAndNotSomebodyWhoWasKilledOnThatDate) {
  fs::create_directories(path());
  write_content(path() / ".lock_2025-12-24", "pid 1 on a dead host");
  CollectionFastPersist store(kNextDay, config());
  const std::string text = text_of([&] { CollectionFastPersist second(kDay, config()); });
  EXPECT_NE(text.find("date 2025-12-25"), std::string::npos) << text;
  EXPECT_EQ(text.find("dead host"), std::string::npos) << text;
}

TEST_F(Process, ASecondProcessIsRefused) {
  CollectionFastPersist store(kDay, config());
  crash::ChildProcess child({"check", path().string()});
  child.wait();
  EXPECT_FALSE(child.succeeded());
  EXPECT_NE(child.errors().find("Another instance is already running for date 2025-12-24."), std::string::npos)
      << child.errors();
  EXPECT_NE(child.errors().find("pid " + std::to_string(::getpid())), std::string::npos);
}

TEST_F(Process, TheLockOfAKilledOwnerIsFreeAtOnce) {
  crash::ChildProcess child({"run", path().string(), "1", "100000"});
  child.read_at_least(200);
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, config()); }), ErrorCode::locked);
  child.kill();
  child.wait();
  CollectionFastPersist store(kDay, config());
  EXPECT_GT(store.get_stats().last_sequence, 0U);
}

TEST_F(Process, AForkedChildIsToldSoAndTheParentGoesOnAndKeepsTheLock) {
  CollectionFastPersist store(kDay, config());
  store.store("k", "{}", "i");
  const pid_t child = ::fork();
  if (child == 0) {
    const bool told = code_of([&] { store.store("k", "{}", "i"); }) == ErrorCode::forked &&
                      code_of([&] { store_async(store, "i"); }) == ErrorCode::forked &&
                      code_of([&] { static_cast<void>(store.get_key("k")); }) == ErrorCode::forked &&
                      code_of([&] { store.flush_data_to_duckdb(); }) == ErrorCode::forked &&
                      code_of([&] { static_cast<void>(store.get_stats()); }) == ErrorCode::forked &&
                      code_of([&] { store.history_conn().execute("SELECT 1"); }) == ErrorCode::forked;
    store.close();  // does nothing here
    ::_exit(told ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(code_of([&] { CollectionFastPersist second(kDay, config()); }), ErrorCode::locked);
  EXPECT_EQ(store.store("k", "{}", "i"), 2U);
  store.close();
  CollectionFastPersist again(kDay, config());
  EXPECT_EQ(count_of(again.history_conn(), "storage_history"), 2);
}

TEST_F(Process, AForkedChildDoesNotKeepTheLockBeyondItsParentsClose) {
  auto store = std::make_unique<CollectionFastPersist>(kDay, config());
  int gate[2];
  ASSERT_EQ(::pipe(gate), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(gate[1]);
    char byte = 0;
    static_cast<void>(::read(gate[0], &byte, 1));
    ::_exit(0);
  }
  store.reset();
  EXPECT_EQ(code_of([&] { CollectionFastPersist again(kDay, config()); }), std::nullopt);
  ::close(gate[0]);
  ::close(gate[1]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST_F(Process, ClosingTwiceIsFineAndEveryOtherCallSaysClosed) {
  CollectionFastPersist store(kDay, config());
  store.store("k", "{}", "i");
  auto result = store.history_conn().execute("SELECT * FROM storage_history");
  const auto kept = store.get_item("k", "", "i");
  store.close();
  store.close();
  EXPECT_EQ(code_of([&] { store.store("k", "{}", "i"); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { static_cast<void>(store.get_key("k")); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { store_async(store, "i"); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { static_cast<void>(store.cached_keys()); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { static_cast<void>(store.get_key("k", "c")); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { static_cast<void>(store.get_item("k", "c", "i")); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { store.flush_data_to_duckdb(); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { static_cast<void>(store.get_stats()); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { store.rebuild_latest_from_history(); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { store.rebuild_history_from_wal(kDay); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { store.history_conn().execute("SELECT 1"); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { store.latest_conn().execute("SELECT 1"); }), ErrorCode::closed);
  EXPECT_EQ(code_of([&] { static_cast<void>(result.fetchall()); }), ErrorCode::closed);
  EXPECT_EQ(kept->item_name(), "i");
  EXPECT_FALSE(fs::exists(path() / ".lock_2025-12-24"));
  EXPECT_FALSE(fs::exists(path() / "storage_history.duckdb.wal"));
}

TEST_F(Process, CloseWhileOthersStoreFlushAndReadLosesNothing) {
  std::atomic<std::uint64_t> last{0};
  std::atomic<bool> unexpected{false};
  {
    CollectionFastPersist store(kDay, config());
    const auto until_closed = [&](const auto& work) {
      for (std::optional<ErrorCode> code; !code;) {
        code = code_of(work);
        if (code && code != ErrorCode::closed) unexpected = true;
      }
    };
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&] {
        until_closed([&] {
          const std::uint64_t sequence = store.store("k", "{}", "i");
          std::uint64_t before = last;
          while (before < sequence && !last.compare_exchange_weak(before, sequence)) {
          }
        });
      });
    }
    threads.emplace_back([&] { until_closed([&] { store.flush_data_to_duckdb(); }); });
    threads.emplace_back(
        [&] { until_closed([&] { static_cast<void>(count_of(store.latest_conn(), "storage_latest")); }); });
    threads.emplace_back([&] { until_closed([&] { static_cast<void>(store.get_key("k")); }); });
    while (last < 50) std::this_thread::yield();
    store.close();
    EXPECT_EQ(code_of([&] { CollectionFastPersist again(kDay, config()); }), std::nullopt) << "closed means closed";
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_FALSE(unexpected);
  CollectionFastPersist store(kDay, config());
  EXPECT_EQ(store.get_stats().last_sequence, last);
  EXPECT_EQ(store.get_item("k", "", "i")->version(), last);
}

}  // namespace
}  // namespace cfp::oracle
