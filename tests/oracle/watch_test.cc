// Watching through the public calls, on the real tables: every change once and in order, beside stores, flushes and
// closes, and from where a watcher was before a crash.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "oracle/opened_store.h"
#include "oracle/simulated_store.h"
#include "support/effort.h"
#include "support/seeded_choice.h"

namespace cfp::oracle {
namespace {

using I = std::int64_t;
using std::chrono::milliseconds;

/// What a change says, as text: "key/item=value", "-key/item" of a delete.
std::string text_of(const Change& change) {
  const std::string name = change.key + "/" + std::string(change.version.record.item_name());
  return change.version.deleted ? "-" + name : name + "=" + std::to_string(*change.version.record.data().get_int("n"));
}

/// All that was acknowledged, by sequence.
using Acknowledged = std::map<std::uint64_t, std::string>;

class Watch : public ::testing::Test {
 protected:
  [[nodiscard]] CollectionConfig busy_config() const {
    CollectionConfig config;
    config.base_dir = path_;
    config.batch_size = 40;
    config.duckdb_flush_interval_seconds = 0.01;
    config.latest_interval_seconds = 0.02;
    config.max_wal_size = 16 * 1024;
    return config;
  }

  /// Stores, deletes and batches on keys of its own.
  void write(CollectionFastPersist& store, std::size_t thread, I steps) {
    support::SeededChoice choice(thread + 1);
    const std::string key = (thread % 2 == 0 ? "even" : "odd") + std::to_string(thread);
    for (I n = 1; n <= steps; ++n) {
      const std::string item = std::to_string(choice.below(5));
      const std::uint64_t kind = choice.below(8);
      if (kind < 5) {
        note(store.store(key, Data().set("n", n), item), {key + "/" + item + "=" + std::to_string(n)});
      } else if (kind < 6) {
        Batch batch;
        batch.delete_item(key, "", item);
        const BatchResult result = store.commit(batch);
        if (result.deleted > 0) note(result.last_sequence, {"-" + key + "/" + item});
      } else {
        Batch batch;
        std::vector<std::string> texts;
        for (I i = 0; i < 3; ++i) {
          batch.store(key, Data().set("n", 1000 * n + i), "b" + std::to_string(i));
          texts.push_back(key + "/b" + std::to_string(i) + "=" + std::to_string(1000 * n + i));
        }
        note(store.commit(batch).last_sequence, texts);
      }
    }
  }
  void note(std::uint64_t last, const std::vector<std::string>& texts) {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < texts.size(); ++i) acknowledged_[last - texts.size() + 1 + i] = texts[i];
  }
  [[nodiscard]] Acknowledged above(std::uint64_t sequence, const std::string& prefix = "") const {
    Acknowledged wanted;
    for (const auto& [at, text] : acknowledged_) {
      const bool is_wanted = std::string_view(text).substr(text.starts_with('-') ? 1 : 0).starts_with(prefix);
      if (at > sequence && is_wanted) wanted.emplace(at, text);
    }
    return wanted;
  }
  /// Takes everything until the end, or until there is nothing more.
  static void take_all(Watcher& watcher, Acknowledged& seen, milliseconds patience, milliseconds pause = {}) {
    while (const auto event = watcher.next(patience)) {
      const auto* const change = std::get_if<Change>(&*event);
      ASSERT_NE(change, nullptr) << "a gap where there is none";
      const std::uint64_t sequence = change->version.record.sequence();
      EXPECT_TRUE(seen.empty() || seen.rbegin()->first < sequence) << "out of order";
      EXPECT_LE(sequence, watcher.position() + 1024 * 1024);
      seen.emplace(sequence, text_of(*change));
      if (pause.count() > 0 && sequence % 16 == 0) std::this_thread::sleep_for(pause);
    }
  }

  const support::TemporaryDirectory directory_;
  fs::path path_ = directory_.path() / "store";
  std::mutex mutex_;
  Acknowledged acknowledged_;
};

/// Also under the thread sanitizer.
TEST_F(Watch, EachWatcherSeesEachChangeOnceAndInOrder) {
  constexpr std::size_t kThreads = 4;
  CollectionFastPersist store(kDay, busy_config());
  std::atomic<bool> is_done{false};
  struct Plan {
    WatchOptions options;
    milliseconds pause{0};
    Acknowledged seen{};
  };
  std::vector<Plan> plans{{{}}, {{}, milliseconds(3)}, {{.prefix = "odd", .with_old = true}}, {{.from_sequence = 0}}};
  std::vector<std::thread> readers, writers;
  for (Plan& plan : plans) {
    readers.emplace_back([&, watcher = store.watch(plan.options)]() mutable {
      while (!is_done) take_all(watcher, plan.seen, milliseconds(10), plan.pause);
      take_all(watcher, plan.seen, milliseconds(0));
    });
  }
  for (std::size_t i = 0; i < kThreads; ++i) writers.emplace_back([&, i] { write(store, i, 300); });
  for (std::thread& writer : writers) writer.join();
  is_done = true;
  for (std::thread& reader : readers) reader.join();
  for (const Plan& plan : plans) EXPECT_EQ(plan.seen, above(0, plan.options.prefix)) << plan.options.prefix;
  store.flush_data_to_duckdb();
  Watcher again = store.watch({.from_sequence = 0});
  Acknowledged seen;
  take_all(again, seen, milliseconds(0));
  EXPECT_EQ(seen, above(0));
  store.close();
  EXPECT_TRUE(again.ended());
}

TEST_F(Watch, GoesOnFromItsPlaceAfterACloseAndAfterAKill) {
  std::uint64_t position = 0;
  Acknowledged seen;
  {
    CollectionFastPersist store(kDay, busy_config());
    write(store, 0, 60);
    Watcher watcher = store.watch({.from_sequence = 0});
    for (int i = 0; i < 25; ++i) {
      const auto event = watcher.next(milliseconds(0));
      ASSERT_TRUE(event);
      const auto& change = std::get<Change>(*event);
      seen.emplace(change.version.record.sequence(), text_of(change));
    }
    position = watcher.position();
    EXPECT_EQ(position, 25U);
    store.close();
  }
  for (const bool as_killed : {false, true, true}) {
    CollectionFastPersist store(kDay, busy_config());
    Watcher watcher = store.watch({.from_sequence = position});
    write(store, 1, 20);
    take_all(watcher, seen, milliseconds(0));
    position = watcher.position();
    write(store, 2, 20);
    if (!as_killed) continue;  // the destructor closes it
    const fs::path to = directory_.path() / ("killed" + std::to_string(position));
    copy_as_killed(path_, to);
    path_ = to;
  }
  CollectionFastPersist store(kDay, busy_config());
  EXPECT_EQ(code_of([&] { static_cast<void>(store.watch({.from_sequence = 1'000'000})); }),
            ErrorCode::invalid_argument);
  Watcher watcher = store.watch({.from_sequence = position});
  take_all(watcher, seen, milliseconds(0));
  EXPECT_EQ(seen, acknowledged_);
}

/// More than a page, records that do not fit into one by far, and what was before each of them.
TEST_F(Watch, ReadsPagesOfTheTable) {
  CollectionFastPersist store(kDay, calm_config(path_));
  constexpr I kSmall = 9'000, kLarge = 6;
  Batch batch;
  for (I n = 0; n < kSmall; ++n) batch.store("small", Data().set("n", n), std::to_string(n % 3000));
  store.commit(batch);
  for (I n = 0; n < kLarge; ++n) {
    store.store("large", Data().set("n", n).set("text", std::string(7 << 20, 'x')), "l");
    store.flush_data_to_duckdb();
  }
  store.close();
  CollectionFastPersist reopened(kDay, calm_config(path_));
  Watcher watcher = reopened.watch({.from_sequence = 0, .with_old = true});
  std::uint64_t sequence = 0;
  while (const auto event = watcher.next(milliseconds(0))) {
    const auto& change = std::get<Change>(*event);
    const Record& record = change.version.record;
    ASSERT_EQ(record.sequence(), ++sequence);
    ASSERT_EQ(change.old.has_value(), record.version() > 1);
    if (change.old) {
      EXPECT_EQ(change.old->record.version(), record.version() - 1);
      EXPECT_EQ(*change.old->record.data().get_int("n"),
                *record.data().get_int("n") - (change.key == "large" ? 1 : 3000));
    }
  }
  EXPECT_EQ(sequence, static_cast<std::uint64_t>(kSmall + kLarge));
}

TEST_F(Watch, ASubscriptionHearsOfEachEventAndOutlivesWhatItsCallbackThrows) {
  std::mutex mutex;
  std::string heard, logged;
  CollectionConfig config = calm_config(path_);
  config.log_sink = [&](LogLevel level, std::string_view text) {
    const std::lock_guard lock(mutex);
    if (level == LogLevel::error) logged += text;
  };
  CollectionFastPersist store(kDay, config);
  EXPECT_EQ(code_of([&] { static_cast<void>(store.subscribe({})); }), ErrorCode::invalid_argument);
  {
    const Subscription subscription = store.subscribe([&](const WatchEvent& event) {
      const std::lock_guard lock(mutex);
      heard += text_of(std::get<Change>(event)) + " ";
      if (heard == "k/a=1 ") throw std::runtime_error("no more of this");
    });
    for (I n = 1; n <= 3; ++n) store.store("k", Data().set("n", n), "a");
    while (subscription.position() < 3) std::this_thread::yield();
  }
  store.store("k", Data().set("n", 4), "a");
  std::optional<Subscription> late = store.subscribe([&](const WatchEvent& event) {
    const std::lock_guard lock(mutex);
    heard += "late " + text_of(std::get<Change>(event));
  });
  store.store("k", Data().set("n", 5), "a");
  store.close();
  late.reset();
  const std::lock_guard lock(mutex);
  EXPECT_TRUE(heard.starts_with("k/a=1 k/a=2 k/a=3 ")) << heard;
  EXPECT_EQ(heard.find("=4"), std::string::npos) << heard;
  EXPECT_NE(logged.find("no more of this"), std::string::npos) << logged;
}

TEST_F(Watch, ItMayOutliveTheStore) {
  std::optional<CollectionFastPersist> store(std::in_place, kDay, calm_config(path_));
  Watcher watcher = store->watch();
  store->store("k", Data().set("n", I{1}), "a");
  store.reset();
  EXPECT_FALSE(watcher.ended());
  EXPECT_TRUE(watcher.next(milliseconds(0)));
  EXPECT_TRUE(watcher.ended());
  EXPECT_FALSE(watcher.next(std::chrono::hours(1)));
  store.emplace(kDay, calm_config(path_));  // the lock was given back
  CollectionConfig config = calm_config(path_);
  config.read_only = true;
  store.reset();
  store.emplace(kDay, config);
  EXPECT_EQ(code_of([&] { static_cast<void>(store->watch()); }), ErrorCode::read_only);
}

TEST_F(Watch, AForkedChildIsToldAndEnds) {
  CollectionFastPersist store(kDay, calm_config(path_));
  std::optional<Subscription> subscription = store.subscribe([](const WatchEvent&) {});
  Watcher watcher = store.watch();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto code = code_of([&] { static_cast<void>(watcher.next(std::chrono::hours(1))); });
    subscription.reset();
    ::_exit(code == ErrorCode::forked ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

/// A lossy disk, stores that return before they are on it, and the power that goes: what a watcher saw is there then.
TEST(WatchPower, NeverShowsWhatACrashTakesBack) {
  const std::size_t workloads = support::at_effort({.ci = 12, .proof = 120, .soak = 3'000});
  std::uint64_t seen_records = 0, lost = 0;
  for (std::uint64_t seed = 1; seed <= workloads && !::testing::Test::HasFailure(); ++seed) {
    std::uint64_t calls = 1;
    for (std::uint64_t call = 0; call <= calls && !::testing::Test::HasFailure(); ++call) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", cut at call " + std::to_string(call));
      SimulatedStore store(seed);
      if (call > 0) store.disk.crash_at(call, support::CrashMode::drop_unsynced);
      support::SeededChoice choice(seed);
      std::vector<std::string> seen;
      std::uint64_t stored = 0;
      const auto look = [&](history::ChangeCursor& cursor) {
        while (const auto event = cursor.next(milliseconds(0))) {
          const auto& change = std::get<Change>(*event);
          EXPECT_EQ(change.version.record.sequence(), seen.size() + 1);
          seen.push_back(std::string(change.version.record.data_text()));
        }
      };
      try {
        store.open();
        const auto cursor = store.engine->changes().open({.from_sequence = 0});
        for (int i = 0; i < 30 && !store.disk.is_off(); ++i) {
          const auto durability = choice.below(10) == 0 ? Durability::always : Durability::none;
          const std::uint64_t kind = choice.below(16);
          if (kind < 13) {
            store.engine->store("k", R"({"n":)" + std::to_string(i) + "}", "i" + std::to_string(i % 3), "c", {}, {}, {},
                                durability);
            ++stored;
          } else if (kind < 14) {
            store.engine->sync();
          } else {
            store.background.run("cfp-flusher");
          }
          look(*cursor);
        }
        if (!store.disk.is_off()) store.engine->close();
        if (!store.disk.is_off()) look(*cursor);
      } catch (const support::PowerCut&) {
      } catch (const CollectionFastPersistError& error) {
        EXPECT_TRUE(store.disk.is_off()) << error.what();
      }
      if (call == 0) calls = store.disk.calls();
      if (!store.disk.is_off()) continue;
      store.go_down(0, 0);
      store.open();
      store.engine->flush();
      const auto& rows = store.tables->history->rows;
      ASSERT_GE(rows.size(), seen.size()) << "a watcher saw what is lost";
      for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(rows[i].record.state->data(), seen[i]);
      const auto resumed = store.engine->changes().open({.from_sequence = seen.size()});
      look(*resumed);
      EXPECT_EQ(seen.size(), rows.size());
      seen_records += seen.size();
      lost += stored - std::min<std::uint64_t>(stored, rows.size());
    }
  }
  EXPECT_GT(seen_records, 0U);
  EXPECT_GT(lost, 0U) << "nothing was at stake";
}

}  // namespace
}  // namespace cfp::oracle
