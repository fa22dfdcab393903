#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "cfp/error.h"
#include "tables/duckdb/table_fixture.h"

namespace cfp::tables {
namespace {

namespace fs = std::filesystem;

class HistoryCopy : public TablesTest {
 protected:
  [[nodiscard]] fs::path copied() const { return base_dir / "copy"; }
  void copy(HistoryTable& history) {
    std::ofstream out(copied(), std::ios::binary);
    history.copy([&](std::string_view piece) { out.write(piece.data(), static_cast<std::streamsize>(piece.size())); });
  }
  static std::vector<model::Record> records(std::uint64_t count) {
    std::vector<model::Record> result;
    for (std::uint64_t i = 1; i <= count; ++i) {
      result.push_back(make_record({"k", "c", "i" + std::to_string(i % 3)}, i, static_cast<std::int64_t>(i)));
    }
    return result;
  }
  /// History with so many records, closed.
  void fill(std::uint64_t count) {
    const auto made = records(count);
    open_history()->append(Versions().all(made));
  }
};

TEST_F(HistoryCopy, OfAnOpenFileIsWholeAndLeavesItLocked) {
  const auto made = records(7);
  const auto history = open_history();
  history->append(Versions().all(made));
  copy(*history);
  EXPECT_EQ(store->read_meta(copied(), "storage_history"), history->meta());
  EXPECT_EQ(store->verify(copied(), "storage_history"), history->meta());
  // Another process must still be kept out.
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      make_duckdb_tables({base_dir, 512ULL << 20U, 1})->open_history({}, "");
    } catch (const CollectionFastPersistError& error) {
      ::_exit(error.code() == ErrorCode::locked ? 0 : 2);
    }
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_F(HistoryCopy, ThatIsDamagedIsNotVerified) {
  fill(5000);
  fs::copy_file(history_file(), copied());
  ASSERT_TRUE(store->verify(copied(), "storage_history"));
  EXPECT_FALSE(store->verify(copied(), "storage_latest"));
  const auto size = fs::file_size(copied());
  {
    std::fstream file(copied(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file.write("damage", 6);
  }
  EXPECT_FALSE(store->verify(copied(), "storage_history"));
  fs::resize_file(copied(), size / 3);
  EXPECT_FALSE(store->read_meta(copied(), "storage_history"));
  fs::remove(copied());
  EXPECT_FALSE(store->read_meta(copied(), "storage_history"));
  EXPECT_THROW(static_cast<void>(store->read_meta(copied(), "users")), CollectionFastPersistError);
}

TEST_F(HistoryCopy, OfAClosedFileIsItsBytesUnlessALogLiesBesideIt) {
  fill(5);
  std::string bytes;
  const auto copy_closed = [&] {
    bytes.clear();
    store->copy("storage_history", [&](std::string_view piece) { bytes += piece; });
  };
  copy_closed();
  std::ifstream file(history_file(), std::ios::binary);
  EXPECT_EQ(bytes, std::string(std::istreambuf_iterator<char>(file), {}));
  std::ofstream(history_file().string() + ".wal") << "what the file lacks";
  EXPECT_THROW(copy_closed(), CollectionFastPersistError);
  EXPECT_TRUE(bytes.empty());
}

TEST_F(HistoryCopy, RestoresWhatItHolds) {
  fill(6);
  fs::copy_file(history_file(), copied());
  open_history()->append({});
  EXPECT_THROW(store->stage("storage_history", copied())->put_in_place(), CollectionFastPersistError)
      << "history is still there";
  fs::remove(history_file());
  store->stage("storage_history", copied())->put_in_place();
  EXPECT_EQ(rows_of(*open_history()).size(), 6U);
  EXPECT_TRUE(fs::exists(copied()));
  EXPECT_EQ(fs::status(history_file()).permissions() & fs::perms::all, fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(HistoryCopy, ThatIsStagedButNotPutInPlaceLeavesNothing) {
  fill(6);
  fs::rename(history_file(), copied());
  const auto files = [this] { return std::distance(fs::directory_iterator(base_dir), fs::directory_iterator()); };
  const auto before = files();
  {
    const auto staged = store->stage("storage_history", copied());
    EXPECT_EQ(files(), before + 1);
  }
  EXPECT_EQ(files(), before);
  EXPECT_THROW(store->stage("storage_history", base_dir / "none"), std::exception);
  EXPECT_EQ(files(), before);
}

TEST_F(HistoryCopy, TellsWhetherTheFileWasClosedCleanly) {
  fill(3);
  EXPECT_TRUE(open_history()->was_closed_cleanly());
  const pid_t child = ::fork();
  if (child == 0) {
    const auto made = records(1);
    const auto history = store->open_history({}, "");
    std::vector<model::Record> more = {make_record({"k", "c", "i1"}, 9)};
    history->append(std::vector<VersionedRecord>{{&more[0], 2, 1}});
    ::_exit(0);  // without closing
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  // What only the log of the database has is read too, by whoever only reads.
  const auto meta = store->verify(history_file(), "storage_history");
  ASSERT_TRUE(meta);
  EXPECT_EQ(meta->watermark, 9U);
  const auto history = open_history();
  EXPECT_FALSE(history->was_closed_cleanly());
  EXPECT_EQ(history->meta().watermark, 9U);
}

TEST_F(HistoryCopy, ImportsThePartThatIsAskedFor) {
  fill(9);
  fs::copy_file(history_file(), copied());
  EXPECT_THROW(store->import_history(copied(), 5, "other"), CollectionFastPersistError) << "history is still there";
  fs::remove(history_file());
  const std::string id(32, 'b');
  const Meta meta = store->import_history(copied(), 5, id);
  const Meta expected{1, id, 5, 5, 1, 5, 1 ^ 2 ^ 3 ^ 4 ^ 5};
  EXPECT_EQ(meta, expected);
  {
    const auto history = store->open_history({}, id);
    EXPECT_EQ(history->meta(), expected);
    const auto rows = rows_of(*history);
    ASSERT_EQ(rows.size(), 5U);
    EXPECT_EQ(rows[4].version, 2U);
    EXPECT_EQ(rows[4].previous_sequence, 2U);
    EXPECT_TRUE(history->is_healthy());
  }
  fs::remove(history_file());
  EXPECT_EQ(store->import_history(copied(), 1'000, id).watermark, 9U);
  EXPECT_EQ(store->verify(copied(), "storage_history")->store_id, kStoreId) << "the source is as it was";
}

TEST_F(HistoryCopy, ImportsWhatOnlyTheLogOfTheDatabaseHas) {
  const pid_t child = ::fork();
  if (child == 0) {
    const auto made = records(4);
    const auto history = open_history();
    history->append(Versions().all(made));
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(fs::exists(history_file().string() + ".wal"));
  fs::rename(history_file(), copied());
  fs::rename(history_file().string() + ".wal", copied().string() + ".wal");
  EXPECT_EQ(store->import_history(copied(), 3, kStoreId).rows, 3U);
  EXPECT_TRUE(fs::exists(copied().string() + ".wal"));
}

}  // namespace
}  // namespace cfp::tables
