// Changes that are not to happen twice: a request that is repeated, and what would change nothing.

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "oracle/reopened_store.h"
#include "oracle/simulated_store.h"
#include "support/effort.h"
#include "support/seeded_choice.h"

namespace cfp::oracle {
namespace {

using support::CrashMode;

class Requests : public ReopenedStore {
 protected:
  std::uint64_t put(const std::string& request, std::int64_t value, const std::string& item = "a") {
    return store_->store("k", {}, item, "c", value, std::nullopt, std::nullopt, {.request_id = request});
  }
  std::uint64_t put_changed(const Data& data, const Value& value = {}, const std::optional<Timestamp>& timestamp = {}) {
    return store_->store("k", data, "a", "c", value, timestamp, std::nullopt, {.skip_unchanged = true});
  }
  [[nodiscard]] std::uint64_t records() const { return store_->get_stats().last_sequence; }
};

TEST_F(Requests, ThatAreRepeatedHaveTheSequenceOfTheFirstTime) {
  EXPECT_EQ(put("one", 1), 1U);
  EXPECT_EQ(put("two", 2), 2U);
  EXPECT_EQ(put("one", 3), 1U);
  EXPECT_EQ(put("one", 3, "another"), 1U);
  EXPECT_FALSE(store_->get_item("k", "c", "another"));
  EXPECT_EQ(store_->get_item("k", "c", "a")->value(), Value(std::int64_t{2}));
  EXPECT_EQ(records(), 2U);
  EXPECT_EQ(store_->get_version("k", "c", "a", 1)->request_id, "one");
}

TEST_F(Requests, AreKnownAfterARestartAKillAndAFlush) {
  put("flushed", 1), store_->flush_data_to_duckdb();
  put("logged", 2);
  reopen_as_killed();
  EXPECT_EQ(put("flushed", 9), 1U);
  EXPECT_EQ(put("logged", 9), 2U);
  put("closed", 3);
  reopen();
  EXPECT_EQ(put("flushed", 9), 1U);
  EXPECT_EQ(put("logged", 9), 2U);
  EXPECT_EQ(put("closed", 9), 3U);
  EXPECT_EQ(records(), 3U);
}

TEST_F(Requests, OfABatchAreAnsweredTogetherAndLeftOutWhereTheyWere) {
  const auto with = [](const std::string& id) { return ChangeOptions{.reason = "a test", .request_id = id}; };
  Batch first;
  first.store("k", {}, "a", "c", {}, {}, {}, with("one")).store("k", {}, "b", "c", {}, {}, {}, with("one"));
  EXPECT_EQ(store_->commit(first).sequences, (std::vector<std::uint64_t>{1, 2}));
  Batch second(first);
  second.store("k", {}, "d", "c", {}, {}, {}, with("two")).delete_item("k", "c", "never");
  const BatchResult again = store_->commit(second);
  EXPECT_EQ(again.sequences, (std::vector<std::uint64_t>{2, 2, 3, 0}));
  EXPECT_EQ(again.records, 1U);
  EXPECT_EQ(again.last_sequence, 3U);
  EXPECT_EQ(store_->get_version("k", "c", "d", 1)->reason, "a test");
}

TEST_F(Requests, AreComparedBeforeAnythingElseIs) {
  const ChangeOptions options{.expected_version = 0, .request_id = "one"};
  EXPECT_EQ(store_->store("k", {}, "a", "c", {}, {}, {}, options), 1U);
  EXPECT_EQ(store_->store("k", {}, "a", "c", {}, {}, {}, options), 1U) << "a conflict with itself";
}

TEST_F(Requests, ToDeleteAndToRestoreAreNotRepeatedEither) {
  put("one", 1), put("two", 2);
  EXPECT_EQ(store_->delete_item("k", "c", "a", "ann", {.reason = "why", .request_id = "three"}), 1U);
  put("four", 4);
  EXPECT_EQ(store_->delete_item("k", "c", "a", "ann", {.request_id = "three"}), 0U);
  EXPECT_EQ(store_->delete_collection("k", "c", "ann", {.request_id = "three"}), 0U);
  EXPECT_EQ(store_->delete_key("k", "ann", {.reason = "all", .request_id = "five"}), 1U);
  EXPECT_EQ(store_->restore_item("k", "c", "a", 1, "ann", {.reason = "back", .request_id = "six"}), 6U);
  EXPECT_EQ(store_->restore_item("k", "c", "a", 2, "ann", {.request_id = "six"}), 6U);
  EXPECT_EQ(store_->delete_key("k", "ann", {.request_id = "five"}), 0U);
  EXPECT_EQ(store_->get_item("k", "c", "a")->value(), Value(std::int64_t{1}));
  std::string reasons;
  for (const ItemVersion& version : store_->get_history("k", "c", "a")) reasons += version.reason.value_or("-") + " ";
  EXPECT_EQ(reasons, "back all - why - - ");
}

/// Its client may not count on more than it asked for, but on that.
TEST_F(Requests, ThatAreRepeatedAreOnDiskIfThisTimeThatIsAskedFor) {
  const ChangeOptions options{.request_id = "one"};
  EXPECT_EQ(store_->store("k", {}, "a", "c", {}, {}, {}, options, Durability::none), 1U);
  EXPECT_EQ(store_->get_stats().unsynced_records, 1U);
  EXPECT_EQ(store_->store("k", {}, "a", "c", {}, {}, {}, options, Durability::always), 1U);
  EXPECT_EQ(store_->get_stats().unsynced_records, 0U);
  const ChangeOptions unchanged{.skip_unchanged = true};
  EXPECT_EQ(store_->store("k", {}, "b", "c", {}, {}, {}, {}, Durability::none), 2U);
  EXPECT_EQ(store_->store("k", {}, "b", "c", {}, {}, {}, unchanged, Durability::always), 2U);
  EXPECT_EQ(store_->get_stats().unsynced_records, 0U);
}

TEST_F(Requests, ThatWroteNothingAreJudgedAnew) {
  EXPECT_EQ(store_->delete_item("k", "c", "a", {}, {.request_id = "one"}), 0U);
  store_->store("k", {}, "a", "c");
  EXPECT_EQ(store_->store("k", {}, "a", "c", {}, {}, {}, {.skip_unchanged = true, .request_id = "two"}), 1U);
  EXPECT_EQ(store_->store("k", Data().set("n", 2), "a", "c"), 2U);
  EXPECT_EQ(store_->store("k", {}, "a", "c", {}, {}, {}, {.skip_unchanged = true, .request_id = "two"}), 3U);
  EXPECT_EQ(store_->delete_item("k", "c", "a", {}, {.request_id = "one"}), 1U);
}

TEST_F(Requests, OfSeveralThreadsAreAnsweredOnce) {
  constexpr std::uint64_t kRequests = 200;
  std::vector<std::vector<std::uint64_t>> sequences(6);
  std::vector<std::thread> threads;
  for (auto& mine : sequences) {
    threads.emplace_back([this, &mine] {
      for (std::uint64_t n = 0; n < kRequests; ++n) {
        mine.push_back(put(std::to_string(n), static_cast<std::int64_t>(n), std::to_string(n % 7)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(records(), kRequests);
  for (const auto& mine : sequences) EXPECT_EQ(mine, sequences.front());
  EXPECT_EQ(std::set(sequences.front().begin(), sequences.front().end()).size(), kRequests);
}

TEST_F(Requests, ThatAreNoneAreRefusedByName) {
  const auto refusal = [&](const ChangeOptions& options) {
    return text_of([&] { store_->store("k", {}, "a", "c", {}, {}, {}, options); });
  };
  EXPECT_NE(refusal({.request_id = ""}).find("request_id: "), std::string::npos);
  EXPECT_NE(refusal({.request_id = std::string(257, 'x')}).find("request_id: "), std::string::npos);
  EXPECT_NE(refusal({.request_id = "\xff"}).find("request_id: "), std::string::npos);
  EXPECT_NE(refusal({.reason = std::string(4097, 'x')}).find("reason: "), std::string::npos);
  EXPECT_NE(refusal({.reason = std::string(1, '\0')}).find("reason: "), std::string::npos);
  const auto code = [&](const ChangeOptions& options) {
    return code_of([&] { store_->delete_key("k", std::nullopt, options); });
  };
  EXPECT_EQ(code({.expected_version = 1}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.skip_unchanged = true}), ErrorCode::invalid_argument);
  EXPECT_EQ(code({.request_id = ""}), ErrorCode::invalid_record);
  EXPECT_EQ(records(), 0U);
}

TEST_F(Requests, WhatIsUnchangedIsSkippedAndHasTheSequenceOfWhatIsThere) {
  const Data data = Data().set("n", 1);
  EXPECT_EQ(put_changed(data, 1.5), 1U);
  EXPECT_EQ(put_changed(data, 1.5), 1U);
  reopen();  // its collection is not loaded
  EXPECT_EQ(put_changed(data, 1.5), 1U);
  EXPECT_EQ(put_changed(data, std::int64_t{1}), 2U);
  EXPECT_EQ(put_changed(data, true), 3U);
  EXPECT_EQ(put_changed(data, 0.0), 4U);
  EXPECT_EQ(put_changed(data, -0.0), 5U);
  EXPECT_EQ(put_changed(data), 6U);
  EXPECT_EQ(put_changed(Data().set("n", 2)), 7U);
  const Timestamp then("2025-01-02T03:04:05+00:00");
  EXPECT_EQ(put_changed(Data().set("n", 2), {}, then), 8U);
  EXPECT_EQ(put_changed(Data().set("n", 2), {}, then), 8U);
  EXPECT_EQ(put_changed(Data().set("n", 2)), 8U) << "no time is asked for";
  store_->delete_item("k", "c", "a");
  EXPECT_EQ(put_changed(Data().set("n", 2)), 10U) << "it is not there";
  EXPECT_EQ(put_changed(Data().set("n", 2).set("timestamp", then.to_string())), 11U) << "this time is asked for";
  EXPECT_EQ(put_changed(Data().set("n", 2).set("username", "ann")), 12U);
  EXPECT_EQ(put_changed(Data().set("n", 2).set("username", "ann")), 12U);
  EXPECT_EQ(put_changed(Data().set("n", 2)), 13U);
  EXPECT_EQ(put_changed(Data(R"({"timestamp":null,"n":2})")), 14U);
  EXPECT_EQ(put_changed(Data(R"({"timestamp":null,"n":2})")), 14U);
  EXPECT_EQ(store_->get_item("k", "c", "a")->version(), 14U);
}

TEST_F(Requests, OfABatchEachChangeIsComparedWithWhatTheOnesBeforeItLeft) {
  const ChangeOptions changed{.skip_unchanged = true};
  Batch batch;
  batch.store("k", {}, "a", "c", std::int64_t{1}, {}, {}, changed)
      .store("k", {}, "a", "c", std::int64_t{1}, {}, {}, changed)
      .store("k", {}, "a", "c", std::int64_t{2}, {}, {}, changed)
      .delete_item("k", "c", "a")
      .store("k", {}, "a", "c", std::int64_t{2}, {}, {}, changed);
  EXPECT_EQ(store_->commit(batch).sequences, (std::vector<std::uint64_t>{1, 1, 2, 3, 4}));
}

/// A client: it makes its requests in order, each until it has heard of it, and sometimes the last ones once more.
class Client {
 public:
  explicit Client(std::uint64_t seed) : choice_(seed) {}

  /// False when the power went.
  bool run(SimulatedStore& store) {
    try {
      store.open();
      while (next_ <= kRequests && !store.disk.is_off()) {
        request(store, next_);
        ++next_;
        if (choice_.below(4) == 0) request(store, 1 + choice_.below(next_ - 1));
        if (choice_.below(6) == 0) store.engine->flush();
        if (choice_.below(6) == 0) store.background.run("cfp-flusher");
      }
      if (!store.disk.is_off()) store.engine->close();
    } catch (const support::PowerCut&) {
      return false;
    } catch (const CollectionFastPersistError& error) {
      EXPECT_TRUE(store.disk.is_off()) << error.what();
    }
    return !store.disk.is_off();
  }
  void expect_each_once(SimulatedStore& store) const {
    std::multiset<std::string> found;
    for (const tables::HistoryRecord& row : store.tables->history->rows) found.insert(*row.record.request_id);
    for (std::uint64_t n = 1; n <= kRequests; ++n) {
      EXPECT_EQ(found.count(std::to_string(n)), n % 3 == 0 ? 2U : 1U) << "request " << n;
    }
    EXPECT_EQ(store.tables->violations, std::vector<std::string>());
  }

 private:
  static constexpr std::uint64_t kRequests = 15;

  void request(SimulatedStore& store, std::uint64_t n) {
    Batch batch;
    const ChangeOptions options{.skip_unchanged = n % 5 == 0, .request_id = std::to_string(n)};
    for (std::uint64_t part = 0; part < (n % 3 == 0 ? 2U : 1U); ++part) {
      batch.store("k", Data().set("n", static_cast<std::int64_t>(n)), std::to_string(n % 4 + part), "c", {}, {}, {},
                  options);
    }
    const std::uint64_t sequence = store.engine->commit(batch, {}).sequences.back();
    const std::uint64_t first = sequences_.try_emplace(n, sequence).first->second;
    EXPECT_EQ(sequence, first) << "request " << n;
  }

  support::SeededChoice choice_;
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, std::uint64_t> sequences_;
};

class RepeatedRequests : public ::testing::TestWithParam<CrashMode> {};

TEST_P(RepeatedRequests, HappenOnceWhereverThePowerGoes) {
  const std::size_t workloads = support::at_effort({.ci = 10, .proof = 100, .soak = 3'000});
  std::uint64_t states = 0;
  for (std::uint64_t seed = 1; seed <= workloads && !HasFailure(); ++seed) {
    SimulatedStore whole(seed);
    Client undisturbed(seed);
    ASSERT_TRUE(undisturbed.run(whole));
    undisturbed.expect_each_once(whole);
    for (std::uint64_t call = 1; call <= whole.disk.calls() && !HasFailure(); ++call) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", cut at call " + std::to_string(call));
      SimulatedStore store(seed);
      Client client(seed);
      store.disk.crash_at(call, GetParam());
      EXPECT_FALSE(client.run(store));
      store.go_down(seed % 2 == 0 ? 0 : 100, 100);
      EXPECT_TRUE(client.run(store));
      client.expect_each_once(store);
      ++states;
    }
  }
  support::report_count("states of repeated requests", states);
}

INSTANTIATE_TEST_SUITE_P(Modes, RepeatedRequests, ::testing::Values(CrashMode::drop_unsynced, CrashMode::random),
                         [](const auto& sweep) {
                           return std::string(sweep.param == CrashMode::random ? "Random" : "DropUnsynced");
                         });

}  // namespace
}  // namespace cfp::oracle
