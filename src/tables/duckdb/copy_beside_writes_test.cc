// A table is copied while others write to it: the copy is what the table held when it began.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <thread>

#include "tables/duckdb/table_fixture.h"

namespace cfp::tables {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr std::uint64_t kMemoryLimit = 64ULL << 20U;  // the log is long from half of it on
constexpr std::uint64_t kRowsAtOnce = 5'000;

class CopyBesideWrites : public TablesTest {
 protected:
  CopyBesideWrites() { store = make_duckdb_tables({base_dir, kMemoryLimit, 1}); }

  [[nodiscard]] fs::path copied() const { return base_dir / "copy"; }
  [[nodiscard]] std::uint64_t log_bytes() const {
    std::error_code missing;
    const auto bytes = fs::file_size(history_file().string() + ".wal", missing);
    return missing ? 0 : bytes;
  }
  /// `meanwhile` runs, in another thread, when some of the bytes are copied.
  template <class Table>
  Meta copy(Table& table, const std::function<void()>& meanwhile) {
    std::ofstream out(copied(), std::ios::binary);
    bool has_begun = false;
    return table.copy([&](std::string_view piece) {
      out.write(piece.data(), static_cast<std::streamsize>(piece.size() / 2));
      if (!std::exchange(has_begun, true)) std::thread(meanwhile).join();
      out.write(piece.data() + piece.size() / 2, static_cast<std::streamsize>(piece.size() - piece.size() / 2));
    });
  }
  /// Some 5 MB more.
  void append(HistoryTable& history) {
    std::vector<model::Record> records;
    for (std::uint64_t i = 0; i < kRowsAtOnce; ++i) {
      ++last_;
      records.push_back(make_record({"k", "c", "i" + std::to_string(last_)}, last_, {}, data_));
    }
    history.append(Versions().all(records));
  }

  const std::string data_ = "{\"text\":\"" + std::string(1'000, 'x') + "\"}";
  std::uint64_t last_ = 0;
};

TEST_F(CopyBesideWrites, OfHistoryIsOfTheMomentWhenItBegan) {
  const auto history = open_history();
  append(*history);
  const Meta at_first = history->meta();
  const Meta held = copy(*history, [&] { append(*history); });
  EXPECT_EQ(held, at_first);
  EXPECT_EQ(store->verify(copied(), "storage_history"), at_first);
  EXPECT_EQ(history->meta().watermark, 2 * kRowsAtOnce);
  EXPECT_TRUE(history->is_healthy());
}

TEST_F(CopyBesideWrites, OfLatestIsOfTheMomentWhenItBeganAndASortWaitsForIt) {
  const auto latest = open_latest();
  const auto apply = [&](std::uint64_t sequence, const std::string& item) {
    const auto record = make_record({"k", "c", item}, sequence);
    latest->apply(std::vector{change_of(record, 1)}, sequence);
  };
  apply(1, "a");
  const Meta at_first = latest->meta();
  std::thread sorting;
  std::promise<void> has_sorted;
  auto sorted = has_sorted.get_future();
  const Meta held = copy(*latest, [&] {
    apply(2, "b");
    sorting = std::thread([&] {
      latest->sort();
      has_sorted.set_value();
    });
    EXPECT_EQ(sorted.wait_for(milliseconds(100)), std::future_status::timeout);
  });
  sorting.join();
  EXPECT_EQ(held, at_first);
  EXPECT_EQ(store->verify(copied(), "storage_latest"), at_first);
  EXPECT_EQ(latest->tail_rows(), 0U);
  EXPECT_EQ(items_of(*latest, "k", "c"), (std::vector<std::string>{"a=1@1", "b=1@2"}));
}

TEST_F(CopyBesideWrites, ALongLogIsCheckpointedOnceNobodyCopies) {
  const auto history = open_history();
  std::uint64_t longest = 0;
  while (true) {
    append(*history);
    if (log_bytes() < longest) break;
    longest = log_bytes();
    ASSERT_LT(longest, kMemoryLimit);
  }
  EXPECT_EQ(log_bytes(), 0U);
  EXPECT_GT(longest, kMemoryLimit / 4);
  const Meta held = copy(*history, [&] {
    for (int i = 0; i < 12 && log_bytes() < kMemoryLimit / 2; ++i) append(*history);
  });
  EXPECT_GE(log_bytes(), kMemoryLimit / 2);
  EXPECT_EQ(store->verify(copied(), "storage_history"), held);
  append(*history);
  EXPECT_EQ(log_bytes(), 0U);
  EXPECT_TRUE(history->is_healthy());
}

TEST_F(CopyBesideWrites, ALogThatIsTooLongWaitsForTheEndOfTheCopy) {
  const auto history = open_history();
  append(*history);
  std::thread writing;
  std::promise<void> has_written;
  auto written = has_written.get_future();
  const Meta held = copy(*history, [&] {
    writing = std::thread([&] {
      std::uint64_t before = 0;
      do {
        before = log_bytes();
        append(*history);
      } while (log_bytes() > before);
      has_written.set_value();
    });
    while (log_bytes() < kMemoryLimit / 4 * 3 && written.wait_for(milliseconds(10)) == std::future_status::timeout) {
    }
    EXPECT_EQ(written.wait_for(milliseconds(100)), std::future_status::timeout);
  });
  written.wait();
  EXPECT_EQ(log_bytes(), 0U);
  writing.join();
  EXPECT_EQ(store->verify(copied(), "storage_history"), held);
  EXPECT_EQ(history->meta().rows, last_);
}

}  // namespace
}  // namespace cfp::tables
