#include <gtest/gtest.h>

#include <fstream>

#include "cfp/error.h"
#include "tables/duckdb/connection.h"
#include "tables/duckdb/history_table.h"
#include "tables/duckdb/instance.h"
#include "tables/duckdb/meta_row.h"
#include "tables/duckdb/table_fixture.h"

namespace cfp::tables {
namespace {

namespace fs = std::filesystem;

class TableDamage : public TablesTest {
 protected:
  void fill_history(std::uint64_t from, std::uint64_t to) {
    const auto history = open_history();
    std::deque<model::Record> records;
    std::vector<VersionedRecord> rows;
    for (std::uint64_t i = from; i <= to; ++i) {
      records.push_back(make_record({"k", "c", std::to_string(i)}, i, std::string("value")));
      rows.push_back({&records.back(), 1, 0});
    }
    history->append(rows);
    history->checkpoint();
  }
  ErrorCode code_of_open() {
    try {
      open_history();
    } catch (const CollectionFastPersistError& error) {
      text = error.what();
      return error.code();
    }
    ADD_FAILURE() << "opened";
    return ErrorCode::internal;
  }
  void run(const std::string& sql) {
    const duckdb::Instance instance(history_file(), {128ULL << 20U, 1, base_dir / "spill", {}, false});
    instance.connect().run(sql);
  }
  void write_at(std::streamoff at, const std::string& bytes) {
    std::fstream file(history_file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file << bytes;
  }
  std::string text;
};

constexpr const char* kSpecText =
    "Failed to open storage_history.duckdb.\nDatabase may be corrupted. To recover:\n1. Delete the corrupted file\n2. "
    "Call rebuild_history_from_wal(date) for each date that needs recovery\n3. Call rebuild_latest_from_history() to "
    "rebuild latest values\n";

TEST_F(TableDamage, OfAFileThatDoesNotOpenIsReportedWithTheStepsOfTheSpec) {
  fill_history(1, 10);
  write_at(0, std::string(100, '\xFF'));
  EXPECT_FALSE(store->is_reference_history());
  EXPECT_EQ(code_of_open(), ErrorCode::corrupt);
  EXPECT_EQ(text.substr(0, std::string(kSpecText).size()), kSpecText);
}

TEST_F(TableDamage, OfAnEmptyOrCutFileIsReported) {
  std::ofstream(history_file()).flush();
  EXPECT_FALSE(store->is_reference_history());
  EXPECT_EQ(code_of_open(), ErrorCode::corrupt);
  fs::remove(history_file());
  fill_history(1, 1000);
  fs::resize_file(history_file(), 20'000);
  EXPECT_EQ(code_of_open(), ErrorCode::corrupt) << text;
}

TEST_F(TableDamage, OfRowsThatTheMetaRowCountsIsReported) {
  fill_history(1, 10);
  run("DELETE FROM storage_history WHERE cfp_seq = 5");
  EXPECT_EQ(code_of_open(), ErrorCode::corrupt);
  EXPECT_FALSE(store->is_healthy_file(history_file(), "storage_history"));
}

TEST_F(TableDamage, OfARowsNumberIsReportedWhereTheFileWasNotCheckpointed) {
  fill_history(1, 10);
  {
    const duckdb::Instance instance(history_file(), {128ULL << 20U, 1, base_dir / "spill", {}, false});
    const duckdb::Connection connection = instance.connect();
    connection.run("PRAGMA disable_checkpoint_on_shutdown");
    connection.run("UPDATE storage_history SET cfp_seq = 99 WHERE cfp_seq = 5");
  }
  ASSERT_TRUE(fs::exists(history_file().string() + ".wal"));
  EXPECT_EQ(code_of_open(), ErrorCode::corrupt);
}

TEST_F(TableDamage, InsideARowIsFoundByReadingAll) {
  fill_history(1, 20'000);
  EXPECT_TRUE(store->is_healthy_file(history_file(), "storage_history"));
  const auto size = static_cast<std::streamoff>(fs::file_size(history_file()));
  int found = 0, unused = 0;
  const std::string before = [&] {
    std::ifstream file(history_file(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  for (std::streamoff at = 12288 + 5000; at < size; at += 262144) {
    write_at(at, std::string(64, '\x5A'));
    store->is_healthy_file(history_file(), "storage_history") ? ++unused : ++found;
    write_at(0, before);
  }
  EXPECT_GE(found, 2) << unused << " places were not in use";
  EXPECT_TRUE(store->is_healthy_file(history_file(), "storage_history"));
}

TEST_F(TableDamage, OfALaterFormatIsNoDamage) {
  open_history();
  run("UPDATE cfp_meta SET format = 2");
  EXPECT_EQ(code_of_open(), ErrorCode::newer_version);
}

TEST_F(TableDamage, OfSomeoneElsesFileIsNoDamage) {
  run("CREATE TABLE other (a INTEGER)");
  EXPECT_EQ(code_of_open(), ErrorCode::foreign);
  fs::remove(history_file());
  fs::create_symlink("/etc/passwd", history_file());
  EXPECT_EQ(code_of_open(), ErrorCode::foreign);
}

TEST_F(TableDamage, ALogWithoutItsFileIsSetAside) {
  std::ofstream(base_dir / "storage_history.duckdb.wal") << "left over";
  EXPECT_EQ(open_history()->meta().rows, 0U);
  EXPECT_TRUE(fs::exists(base_dir / "storage_history.duckdb.wal.corrupt"));
}

TEST_F(TableDamage, AHalfMadeReplacementIsRemoved) {
  fill_history(1, 3);
  std::ofstream(base_dir / "storage_history.duckdb.new") << "half";
  std::ofstream(base_dir / "storage_history.duckdb.new.wal") << "half";
  EXPECT_EQ(open_history()->meta().rows, 3U);
  EXPECT_FALSE(fs::exists(base_dir / "storage_history.duckdb.new"));
  EXPECT_FALSE(fs::exists(base_dir / "storage_history.duckdb.new.wal"));
}

TEST_F(TableDamage, AMetaRowThatChangedBehindOurBackStopsTheWrite) {
  open_history();
  const duckdb::Instance instance(history_file(), {128ULL << 20U, 1, base_dir / "spill", {}, false});
  const duckdb::Connection connection = instance.connect();
  const auto kind = duckdb::TableKind::history;
  const duckdb::MetaRow first = read_meta(connection, kind, "f");
  duckdb::MetaRow second = first;
  second.meta.watermark = 5;
  change_meta(connection, kind, first, second);
  duckdb::MetaRow third = first;
  third.meta.watermark = 7;
  EXPECT_THROW(change_meta(connection, kind, first, third), CollectionFastPersistError);
  EXPECT_EQ(read_meta(connection, kind, "f"), second);
}

TEST_F(TableDamage, AnAppendThatFailsChangesNothing) {
  fill_history(1, 3);
  const auto history = open_history();
  const auto& writer = dynamic_cast<duckdb::DuckDbHistory&>(*history).live().writer();
  writer.run("UPDATE cfp_meta SET watermark = 99");
  const model::Record record = make_record({"k", "c", "new"}, 4);
  const std::vector<VersionedRecord> rows = {{&record, 1, 0}};
  EXPECT_THROW(history->append(rows), CollectionFastPersistError);
  EXPECT_EQ(rows_of(*history).size(), 3U);
  EXPECT_EQ(history->meta().watermark, 3U);
  writer.run("UPDATE cfp_meta SET watermark = 3");
  history->append(rows);
  EXPECT_EQ(rows_of(*history).size(), 4U);
  EXPECT_TRUE(history->is_healthy());
}

TEST_F(TableDamage, IsAskedAboutOnlyForOurTables) {
  EXPECT_FALSE(store->is_healthy_file(history_file(), "storage_history"));
  EXPECT_FALSE(store->is_healthy_file(base_dir, "storage_latest"));
  try {
    store->is_healthy_file(history_file(), "users; DROP TABLE x");
    ADD_FAILURE() << "asked";
  } catch (const CollectionFastPersistError& error) {
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace cfp::tables
