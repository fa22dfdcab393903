#include "engine/async_stores.h"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/made_record.h"
#include "support/simulated_clock.h"
#include "support/stepped_background.h"

namespace cfp::engine {
namespace {

using std::chrono::milliseconds;

constexpr const char* kTask = "cfp-async";

/// The queue on an engine of the test's making, which writes down what is asked of it and what it tells.
class AsyncStoresTest : public ::testing::Test {
 protected:
  AsyncStores& stores() {
    if (!stores_) stores_.emplace(background_, clock_, limits_, calls());
    return *stores_;
  }
  void add(const std::string& item, const std::string& data = "{}", Durability durability = Durability::always) {
    stores().add(
        {{false, "k", data, item, "", {}, {}, {}, {}},
         [this, item](std::uint64_t sequence, const std::exception_ptr& error) { told(item, sequence, error); },
         durability});
  }
  std::optional<ErrorCode> code_of_add(const std::string& item, const std::string& data = "{}") {
    try {
      add(item, data);
      return std::nullopt;
    } catch (const CollectionFastPersistError& error) {
      text_ = error.what();
      return error.code();
    }
  }

  support::SteppedBackground background_;
  support::SimulatedClock clock_;
  AsyncStores::Limits limits_{1 << 20U, 1 << 20U, milliseconds(50)};
  std::vector<std::string> happened_;
  std::vector<Timestamp> times_;
  std::vector<Durability> durabilities_;
  std::string text_;  // of the last error
  bool commits_fail_ = false;
  std::optional<AsyncStores> stores_;

 private:
  AsyncStores::Calls calls() {
    AsyncStores::Calls calls;
    calls.encode = [this](const Batch::Change& change, Timestamp now) -> ComparedWrite::Part {
      if (change.data.text() == "poison") throw InvalidRecordError("poison");
      times_.push_back(now);
      return {support::made_record(change.key, change.collection_name, change.item_name), std::nullopt};
    };
    calls.commit = [this](const std::vector<ComparedWrite::Part>& parts, Durability durability) {
      happened_.push_back("commit of " + std::to_string(parts.size()));
      durabilities_.push_back(durability);
      if (commits_fail_) throw CollectionFastPersistError(ErrorCode::failed, "the disk");
      std::vector<StoreOutcome> outcomes;
      for (const ComparedWrite::Part& part : parts) {
        if (part.record.state->item_name() == "loser") {
          outcomes.push_back({0, std::make_exception_ptr(std::runtime_error("lost"))});
        } else {
          outcomes.push_back({++last_});
        }
      }
      return outcomes;
    };
    calls.cause_of_delay = [] { return "The cause."; };
    calls.log = [this](LogLevel, const std::string& message) { happened_.push_back("log: " + message); };
    return calls;
  }
  void told(const std::string& item, std::uint64_t sequence, const std::exception_ptr& error) {
    std::string outcome = std::to_string(sequence);
    try {
      if (error) std::rethrow_exception(error);
    } catch (const std::exception& cause) {
      outcome += std::string(" ") + cause.what();
    }
    happened_.push_back(item + ": " + outcome);
    if (item == "thrower") throw std::runtime_error("a mistake");
  }

  std::uint64_t last_ = 6;
};

using Happened = std::vector<std::string>;

TEST_F(AsyncStoresTest, StartsNoTaskBeforeTheFirstCallAndOneForAll) {
  stores();
  EXPECT_EQ(background_.tasks(), 0U);
  add("a");
  add("b");
  EXPECT_EQ(background_.tasks(), 1U);
  EXPECT_TRUE(background_.is_woken(kTask));
}

TEST_F(AsyncStoresTest, StoresWhatWaitsByOneCommitAndTellsItInCallOrder) {
  for (const char* const item : {"a", "b", "c"}) add(item);
  EXPECT_EQ(happened_, Happened());
  background_.run_woken();
  EXPECT_EQ(happened_, (Happened{"commit of 3", "a: 7", "b: 8", "c: 9"}));
  EXPECT_EQ(background_.pause(kTask), milliseconds::max()) << "it rests while nothing waits";
  add("d");
  background_.run_woken();
  EXPECT_EQ(happened_.back(), "d: 10");
}

TEST_F(AsyncStoresTest, ARecordRefusedForItsContentFailsAloneAndLeavesNoGap) {
  add("a");
  add("b", "poison");
  add("c");
  background_.run(kTask);
  EXPECT_EQ(happened_, (Happened{"commit of 2", "a: 7", "b: 0 poison", "c: 8"}));
  happened_.clear();
  add("d", "poison");
  background_.run(kTask);
  EXPECT_EQ(happened_, Happened{"d: 0 poison"}) << "nothing is committed for it";
}

TEST_F(AsyncStoresTest, ARecordRefusedForItsConditionFailsAlone) {
  for (const char* const item : {"a", "loser", "c"}) add(item);
  background_.run(kTask);
  EXPECT_EQ(happened_, (Happened{"commit of 3", "a: 7", "loser: 0 lost", "c: 8"}));
}

TEST_F(AsyncStoresTest, AGroupIsAsDurableAsTheCallThatAsksForMost) {
  add("a", "{}", Durability::none);
  background_.run(kTask);
  add("b", "{}", Durability::none);
  add("c", "{}", Durability::interval);
  background_.run(kTask);
  add("d", "{}", Durability::interval);
  add("e", "{}", Durability::always);
  add("f", "{}", Durability::none);
  background_.run(kTask);
  EXPECT_EQ(durabilities_, (std::vector{Durability::none, Durability::interval, Durability::always}));
}

TEST_F(AsyncStoresTest, ACommitThatFailsFailsForAllOfItsGroupAndNobodyElse) {
  commits_fail_ = true;
  add("a");
  add("b", "poison");
  add("c");
  background_.run(kTask);
  EXPECT_EQ(happened_, (Happened{"commit of 2", "a: 0 the disk", "b: 0 poison", "c: 0 the disk"}));
  commits_fail_ = false;
  add("d");
  background_.run(kTask);
  EXPECT_EQ(happened_.back(), "d: 7");
}

TEST_F(AsyncStoresTest, HandsOnTheTimeOfTheCallAndNotOfTheCommit) {
  const auto start = clock_.now();
  add("a");
  clock_.advance(std::chrono::hours(1));
  background_.run(kTask);
  EXPECT_EQ(times_, std::vector<Timestamp>{Timestamp(start)});
}

TEST_F(AsyncStoresTest, CutsWhatWaitsIntoGroupsOfABoundedSizeInOrder) {
  limits_.group_bytes = 10'000;
  for (const char* const item : {"a", "b", "c"}) add(item, std::string(4000, 'x'));
  add("large", std::string(20'000, 'x'));
  add("d");
  background_.run(kTask);
  EXPECT_EQ(background_.pause(kTask), milliseconds::zero()) << "more waits";
  for (int i = 0; i < 4; ++i) background_.run(kTask);
  EXPECT_EQ(happened_, (Happened{"commit of 2", "a: 7", "b: 8", "commit of 1", "c: 9", "commit of 1", "large: 10",
                                 "commit of 1", "d: 11"}));
}

TEST_F(AsyncStoresTest, RefusesWhatFindsNoRoomInTimeAndSaysWhatHoldsItUp) {
  limits_.queue_bytes = 10'000;
  add("a", std::string(8000, 'x'));
  const auto before = clock_.steady_now();
  EXPECT_EQ(code_of_add("b", std::string(8000, 'x')), ErrorCode::overloaded);
  EXPECT_GE(clock_.steady_now() - before, limits_.patience);
  EXPECT_NE(text_.find("The cause."), std::string::npos) << text_;
  EXPECT_EQ(code_of_add("c"), std::nullopt) << "a smaller one finds room";
  background_.run(kTask);
  EXPECT_EQ(happened_, (Happened{"commit of 2", "a: 7", "c: 8"})) << "nothing is told of what was refused";
  EXPECT_EQ(code_of_add("d", std::string(8000, 'x')), std::nullopt) << "what was taken has given its room back";
  background_.run(kTask);
}

TEST_F(AsyncStoresTest, TakesACallThatIsLargerThanItsRoomWhenNothingElseWaits) {
  limits_.queue_bytes = 10'000;
  add("a", std::string(50'000, 'x'));
  EXPECT_EQ(code_of_add("b"), ErrorCode::overloaded);
  background_.run(kTask);
  EXPECT_EQ(happened_.back(), "a: 7");
}

TEST_F(AsyncStoresTest, CloseStoresAndTellsWhatWaitsAndRefusesWhatComesAfter) {
  limits_.group_bytes = 1;
  for (const char* const item : {"a", "b", "c"}) add(item);
  EXPECT_EQ(stores().close(), 0U);
  EXPECT_EQ(happened_, (Happened{"commit of 1", "a: 7", "commit of 1", "b: 8", "commit of 1", "c: 9"}));
  EXPECT_EQ(background_.tasks(), 0U);
  EXPECT_EQ(code_of_add("d"), ErrorCode::closed);
  EXPECT_EQ(stores().close(), 0U);
  EXPECT_EQ(happened_.size(), 6U);
}

TEST_F(AsyncStoresTest, ACallbackThatThrowsIsReportedAndTheOthersAreTold) {
  for (const char* const item : {"thrower", "a"}) add(item);
  background_.run(kTask);
  ASSERT_EQ(happened_.size(), 4U);
  EXPECT_EQ(happened_[2], "a: 8");
  EXPECT_EQ(happened_[3], "log: " + describe_thrown(1));
  add("thrower");
  EXPECT_EQ(stores().close(), 1U);
}

TEST_F(AsyncStoresTest, RefusesACallThatNobodyWouldHearOf) {
  EXPECT_THROW(stores().add({{false, "k", "{}", "i", "", {}, {}, {}, {}}, nullptr}), CollectionFastPersistError);
  EXPECT_EQ(background_.tasks(), 0U);
}

}  // namespace
}  // namespace cfp::engine
