// Readers and writers of one store, in this process and in others.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>

#include "crash/store_check.h"
#include "oracle/read_only_store.h"

namespace cfp::oracle {
namespace {

std::string this_user() { return std::to_string(::geteuid()); }

TEST_F(ReadOnly, AnyNumberOfReadersAreOpenAtOnce) {
  write_and_close(2);
  auto first = std::make_unique<CollectionFastPersist>(kDay, reading());
  CollectionFastPersist second(kDay, reading());
  crash::ChildProcess child({"read", path().string(), this_user()});
  child.wait();
  EXPECT_EQ(child.output(), "open 2\n") << child.errors();
  EXPECT_EQ(number_of(*first, "i1"), 1);
  first.reset();
  EXPECT_EQ(number_of(second, "i0"), 0) << "one reader's end is not the other's";
  EXPECT_EQ(count_of(second.history_conn(), "storage_history"), 2);
}

TEST_F(ReadOnly, AWriterIsRefusedWhileAReaderIsOpen) {
  write_and_close(2);
  const auto open = [&] { CollectionFastPersist store(kNextDay, writing()); };
  {
    const CollectionFastPersist reader(kDay, reading());
    EXPECT_EQ(code_of(open), ErrorCode::locked);
    EXPECT_NE(text_of(open).find(path().string() + " is open read-only"), std::string::npos) << text_of(open);
    crash::ChildProcess child({"check", path().string()});
    child.wait();
    EXPECT_FALSE(child.succeeded());
    EXPECT_NE(child.errors().find("is open read-only"), std::string::npos) << child.errors();
  }
  crash::ChildProcess child({"hold", path().string(), this_user()});
  child.read_at_least(1);
  EXPECT_EQ(code_of(open), ErrorCode::locked);
  child.kill();
  child.wait();
  EXPECT_EQ(code_of(open), std::nullopt) << "a killed reader holds nothing";
}

TEST_F(ReadOnly, AReaderIsRefusedWhileAWriterIsOpenAndToldWhoItIs) {
  CollectionFastPersist writer(kDay, writing());
  writer.store("k", Data(), "i", "c", 1);
  const auto open = [&] { CollectionFastPersist store(kNextDay, reading()); };
  EXPECT_EQ(code_of(open), ErrorCode::locked);
  const std::string text = text_of(open);
  EXPECT_NE(text.find("pid " + std::to_string(::getpid()) + " on "), std::string::npos) << text;
  EXPECT_NE(text.find(" since 20"), std::string::npos) << text;
  EXPECT_NE(text.find("There is no backup"), std::string::npos) << text;
  crash::ChildProcess child({"read", path().string(), this_user()});
  child.wait();
  EXPECT_FALSE(child.succeeded());
  EXPECT_NE(child.errors().find("pid " + std::to_string(::getpid())), std::string::npos) << child.errors();
}

TEST_F(ReadOnly, AReaderIsRefusedWhileAnotherProcessWrites) {
  crash::ChildProcess child({"run", path().string(), "1", "100000"});
  child.read_at_least(200);
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kNextDay, reading()); }), ErrorCode::locked);
  child.kill();
  child.wait();
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kNextDay, reading()); }), std::nullopt);
}

TEST_F(ReadOnly, TheRefusalOffersTheNewestBackup) {
  write_and_close(3);
  for (const char* const day : {"2025-12-23", "2025-12-24"}) {
    fs::create_directories(path() / day);
    fs::remove(path() / day / "storage_history.duckdb.backup");
  }
  fs::copy(path() / "storage_history.duckdb", path() / "2025-12-23" / "storage_history.duckdb.backup");
  write_content(path() / "2025-12-24" / "storage_history.duckdb.backup", "no backup at all");
  CollectionFastPersist writer(kNextDay, writing());
  const std::string text = text_of([&] { CollectionFastPersist store(kNextDay, reading()); });
  EXPECT_NE(text.find("backup of 2025-12-23"), std::string::npos) << text;
  EXPECT_NE(text.find((path() / "2025-12-23" / "storage_history.duckdb.backup").string()), std::string::npos) << text;
  EXPECT_NE(text.find("every record up to 3"), std::string::npos) << text;
}

TEST_F(ReadOnly, AForkedChildOfAReaderIsToldSoAndTheReaderGoesOn) {
  write_and_close(1);
  CollectionFastPersist store(kDay, reading());
  const pid_t child = ::fork();
  if (child == 0) {
    const bool told = code_of([&] { static_cast<void>(store.get_key("k")); }) == ErrorCode::forked &&
                      code_of([&] { store.store("k", Data(), "i"); }) == ErrorCode::forked;
    store.close();  // does nothing here
    ::_exit(told ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(number_of(store, "i0"), 0);
  EXPECT_EQ(code_of([&] { CollectionFastPersist writer(kDay, writing()); }), ErrorCode::locked);
}

// Each kill at another instant; what a reader sees then is what a writer finds there.
TEST_F(ReadOnly, SeesEverythingAcknowledgedAfterSigkill) {
  crash::Acknowledged acknowledged;
  for (std::uint64_t run = 1; run <= 6; ++run) {
    acknowledged.add_run(run);
    crash::ChildProcess child({"run", path().string(), std::to_string(run), "60"});
    child.read_at_least(run * 150);
    std::this_thread::sleep_for(std::chrono::milliseconds(run * 3));
    child.kill();
    child.wait();
    acknowledged.read(child.output());
    const auto before = support::listing_of(path());
    std::map<crash::Item, crash::LastVersion> seen;
    {
      CollectionFastPersist store(kNextDay, reading());
      for (std::uint64_t thread = 0; thread < crash::kThreads; ++thread) {
        for (std::uint64_t n = 0; n < 60; ++n) {
          const auto planned = crash::planned_record(run, thread, n);
          const auto record = store.get_item(planned.key, planned.collection_name, planned.item_name);
          if (!record) continue;
          seen[{planned.key, planned.collection_name, planned.item_name}] = {record->version(), record->sequence(),
                                                                             std::string(record->data_text())};
        }
        const auto& known = *acknowledged.of(run, thread);
        EXPECT_GE(store.get_stats().last_sequence, known.empty() ? 0 : known.back());
      }
    }
    EXPECT_EQ(support::listing_of(path()), before);
    CollectionFastPersist writer(crash::kDate, writing());
    for (const auto& [item, expected] : seen) {
      const auto record = writer.get_item(std::get<0>(item), std::get<1>(item), std::get<2>(item));
      ASSERT_TRUE(record);
      EXPECT_EQ((crash::LastVersion{record->version(), record->sequence(), std::string(record->data_text())}),
                expected);
    }
    writer.close();
  }
  EXPECT_EQ(crash::check_store(path(), acknowledged), 0U);
}

}  // namespace
}  // namespace cfp::oracle
