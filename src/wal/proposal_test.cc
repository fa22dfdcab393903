// Writes that are decided by the leader of their group.

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <latch>
#include <system_error>
#include <thread>
#include <vector>

#include "cfp/error.h"
#include "support/simulated_log.h"
#include "wal/group_commit.h"

namespace cfp::wal {
namespace {

using support::made_record;
using support::SimulatedLog;

/// One record, if the test says so.
class OneRecord final : public Proposal {
 public:
  explicit OneRecord(std::function<bool(const PendingItems&, const model::Record&)> is_written)
      : is_written_(std::move(is_written)), records_{made_record("k", "c", "i")} {
    line_starts_.push_back(encode_line_start(records_[0]));
  }
  [[nodiscard]] std::uint64_t bytes() const override { return line_starts_[0].size(); }
  LineBatch decide(const PendingItems& before) override {
    return is_written_(before, records_[0]) ? LineBatch{records_, line_starts_} : LineBatch{};
  }

 private:
  std::function<bool(const PendingItems&, const model::Record&)> is_written_;
  std::vector<model::Record> records_;
  std::vector<std::string> line_starts_;
};

CollectionFastPersistError refusal() { return {ErrorCode::version_conflict, "no"}; }

std::optional<ErrorCode> code_of(const std::function<void()>& call) {
  try {
    call();
    return std::nullopt;
  } catch (const CollectionFastPersistError& error) {
    return error.code();
  }
}

TEST(GroupCommitProposals, WriteWhatTheyDecideAndNothingElse) {
  SimulatedLog log;
  log.start();
  std::uint64_t published = 0;
  GroupCommit commit(*log.writer, [&](std::span<const LineBatch> group) { published += group.size(); });
  OneRecord yes([](auto&&...) { return true; }), no([](auto&&...) { return false; }),
      never([](auto&&...) -> bool { throw refusal(); });
  EXPECT_EQ(commit.commit(yes), 1U);
  const auto calls = log.disk.calls();
  EXPECT_EQ(commit.commit(no), 0U);
  EXPECT_EQ(code_of([&] { commit.commit(never); }), ErrorCode::version_conflict);
  EXPECT_EQ(log.disk.calls(), calls) << "nothing to write is no reason to go to the disk";
  model::Record record = made_record("k", "c", "i");
  EXPECT_EQ(commit.commit({&record, 1}), 2U);
  EXPECT_EQ(published, 2U);
  commit.close();
}

TEST(GroupCommitProposals, AfterAFailedSyncHearOfThatWhateverTheyDecide) {
  SimulatedLog log;
  log.start();
  GroupCommit commit(*log.writer, [](std::span<const LineBatch>) {});
  OneRecord yes([](auto&&...) { return true; });
  commit.commit(yes);
  log.disk.fail_at(log.disk.calls() + 1, EIO, support::Repeat::once, {support::Call::sync});
  EXPECT_EQ(code_of([&] { commit.commit(yes); }), ErrorCode::failed);
  OneRecord no([](auto&&...) { return false; }), never([](auto&&...) -> bool { throw refusal(); });
  EXPECT_EQ(code_of([&] { commit.commit(no); }), ErrorCode::failed);
  EXPECT_EQ(code_of([&] { commit.commit(never); }), ErrorCode::failed);
  commit.close();
}

/// Stores run beside; whatever groups come about, all that has a place in front is published or pending.
TEST(GroupCommitProposals, KnowEveryRecordInFrontOfThem) {
  SimulatedLog log;
  log.start();
  std::uint64_t published = 0;  // of the item, by one leader at a time
  std::atomic<std::uint64_t> stored{0};
  GroupCommit commit(*log.writer, [&](std::span<const LineBatch> group) {
    for (const LineBatch& batch : group) published += batch.records.size();
    std::this_thread::yield();
  });
  std::atomic<std::uint64_t> pending_seen{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300 || (pending_seen == 0 && i < 20'000); ++i) {
        if (t % 2 == 0) {
          model::Record record = made_record("k", "c", "i");
          commit.commit({&record, 1});
          ++stored;
          continue;
        }
        std::uint64_t in_front = 0;
        OneRecord proposal([&](const PendingItems& before, const model::Record& record) {
          const auto* const change = before.find(record);
          if (change != nullptr) pending_seen += change->records;
          in_front = published + (change == nullptr ? 0 : change->records);
          return true;
        });
        const std::uint64_t sequence = commit.commit(proposal);
        EXPECT_EQ(sequence, in_front + 1);
        ++stored;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(published, stored);
  EXPECT_GT(pending_seen, 0U) << "no group had two members";
  commit.close();
}

}  // namespace
}  // namespace cfp::wal
