// Who may be in: of all that open a directory at once, one, whatever they call it; and the next as soon as that one is
// dead or has closed.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "crash/child_process.h"
#include "oracle/opened_store.h"
#include "support/effort.h"

namespace cfp::oracle {
namespace {

class ProcessRace : public ::testing::Test {
 protected:
  ProcessRace() {
    fs::create_directory(directory_.path() / "real");
    fs::create_directory_symlink(directory_.path() / "real", directory_.path() / "linked");
  }
  [[nodiscard]] fs::path path() const { return directory_.path() / "real" / "store"; }
  /// Other names of the same directory. The last component may be no link.
  [[nodiscard]] std::array<fs::path, 5> spellings() const {
    const fs::path parent = directory_.path();
    return {path(), path() / ".", parent / "real" / ".." / "real" / "store", parent / "linked" / "store",
            fs::path(path().string() + "///")};
  }

  const support::TemporaryDirectory directory_;
};

TEST_F(ProcessRace, OneProcessOfAllThatOpenAtOnceWinsAndTheOthersAreToldWhoItIs) {
  const std::size_t rounds = support::at_effort({.ci = 6, .proof = 520, .soak = 5'000});
  for (std::size_t round = 0; round < rounds && !HasFailure(); ++round) {
    std::vector<std::unique_ptr<crash::ChildProcess>> children;
    for (std::size_t i = 0; i < 4; ++i) {
      const fs::path spelling = spellings()[(round + i) % spellings().size()];
      children.push_back(std::make_unique<crash::ChildProcess>(std::vector<std::string>{"own", spelling.string()}));
    }
    // Whoever lost has ended; whoever won waits, and only for a signal.
    crash::ChildProcess* winner = nullptr;
    for (const auto& child : children) {
      child->read_at_least(1);
      if (child->output().empty()) continue;
      EXPECT_EQ(winner, nullptr) << "two are in";
      EXPECT_EQ(child->output(), "open\n");
      winner = child.get();
    }
    ASSERT_NE(winner, nullptr);
    const std::string holder = "pid " + std::to_string(winner->process());
    for (const auto& child : children) {
      if (child.get() == winner) continue;
      child->wait();
      EXPECT_FALSE(child->was_killed());
      EXPECT_NE(child->errors().find("Another instance is already running"), std::string::npos) << child->errors();
    }
    EXPECT_NE(text_of([&] { CollectionFastPersist store(kDay, calm_config(path())); }).find(holder), std::string::npos);
    winner->kill();
    winner->wait();
    ASSERT_TRUE(winner->was_killed());
    EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, calm_config(path())); }), std::nullopt)
        << "a dead owner keeps nobody out";
  }
  support::report_count("kills", rounds);
}

TEST_F(ProcessRace, AnOpenDirectoryIsLockedUnderEachOfItsNames) {
  const CollectionFastPersist store(kDay, calm_config(path()));
  for (const fs::path& spelling : spellings()) {
    EXPECT_EQ(code_of([&] { CollectionFastPersist second(kDay, calm_config(spelling)); }), ErrorCode::locked)
        << spelling;
  }
  const fs::path relative = fs::relative(path());
  EXPECT_EQ(code_of([&] { CollectionFastPersist second(kDay, calm_config(relative)); }), ErrorCode::locked);
}

TEST_F(ProcessRace, ALinkIsNoBaseDirectoryAlsoWithASlashBehindItAndWithADotItIsTheDirectory) {
  const CollectionFastPersist store(kDay, calm_config(path()));
  const fs::path link = directory_.path() / "link";
  fs::create_directory_symlink(path(), link);
  for (const fs::path& name : {link, fs::path(link.string() + "/")}) {
    EXPECT_EQ(code_of([&] { CollectionFastPersist second(kDay, calm_config(name)); }), ErrorCode::invalid_argument)
        << name;
  }
  EXPECT_EQ(code_of([&] { CollectionFastPersist second(kDay, calm_config(link / ".")); }), ErrorCode::locked);
}

TEST_F(ProcessRace, OneThreadAtATimeIsInAndEachGoesOnWhereTheLastOneStopped) {
  constexpr std::uint64_t kOpens = 12;
  std::atomic<int> inside{0};
  std::atomic<std::uint64_t> opens{0};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      while (opens < kOpens) {
        const auto code = code_of([&] {
          CollectionConfig config = calm_config(spellings()[t]);
          config.backup_on_close = false;
          CollectionFastPersist store(kDay, config);
          EXPECT_EQ(++inside, 1);
          EXPECT_EQ(store.store("k", "{}"), ++opens);
          --inside;
          store.close();
        });
        EXPECT_TRUE(!code || code == ErrorCode::locked) << to_string(*code);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CollectionFastPersist store(kDay, calm_config(path()));
  EXPECT_EQ(store.get_item("k", "", "")->version(), opens);
}

}  // namespace
}  // namespace cfp::oracle
