#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "cfp/error.h"
#include "tables/duckdb/columns.h"
#include "tables/duckdb/table_file.h"
#include "tables/duckdb/table_fixture.h"

namespace cfp::tables::duckdb {
namespace {

namespace fs = std::filesystem;

class QuickLook : public TablesTest {
 protected:
  /// A closed history of the item "i" with so many versions.
  void fill(std::uint64_t rows) {
    std::vector<model::Record> records;
    for (std::uint64_t i = 1; i <= rows; ++i) records.push_back(make_record({"k", "c", "i"}, i));
    fs::remove(history_file());
    open_history()->append(Versions().all(records));
  }
  void run_in(const fs::path& file, const std::string& sql) const {
    const Instance instance(file, {kMemory, 1, base_dir / "spill", {}});
    instance.connect().run(sql);
  }
  std::optional<Meta> look(const fs::path& file, Extent extent = Extent::rows) {
    return examine_quickly(TableKind::history, file, spare, extent);
  }

  static constexpr std::uint64_t kMemory = 128ULL << 20U;
  SpareInstance spare{base_dir, kMemory};
};

TEST_F(QuickLook, SaysWhatALookInAnInstanceOfItsOwnSays) {
  fill(5);
  const InstanceOptions own{kMemory, 1, {}, {}, true};
  for (const Extent extent : {Extent::meta, Extent::blocks, Extent::rows}) {
    EXPECT_EQ(look(history_file(), extent), examine_file(TableKind::history, history_file(), own, extent));
  }
  EXPECT_FALSE(examine_quickly(TableKind::latest, history_file(), spare, Extent::meta));
}

TEST_F(QuickLook, SeesTheFileAsItIsNow) {
  fill(5);
  ASSERT_EQ(look(history_file())->rows, 5U);
  fill(7);
  EXPECT_EQ(look(history_file())->rows, 7U);
  fs::rename(history_file(), base_dir / "moved");
  EXPECT_FALSE(look(history_file()));
  EXPECT_EQ(look(base_dir / "moved")->rows, 7U);
}

TEST_F(QuickLook, LeavesTheFileToWhoeverWantsIt) {
  fill(5);
  ASSERT_TRUE(look(history_file()));
  const auto history = open_history();
  const model::Record record = make_record({"k", "c", "new"}, 6);
  const std::vector<VersionedRecord> rows = {{&record, 1, 0}};
  history->append(rows);
  EXPECT_EQ(history->meta().rows, 6U);
}

TEST_F(QuickLook, GoesOnAfterOnesThatFailed) {
  fill(2000);
  const fs::path damaged = base_dir / "damaged", text = base_dir / "text";
  std::ofstream(text) << "no database";
  fs::copy_file(history_file(), damaged);
  {
    std::fstream file(damaged, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(fs::file_size(damaged) / 2));
    file.write("damage", 6);
  }
  EXPECT_FALSE(look(text));
  EXPECT_TRUE(look(history_file()));
  EXPECT_FALSE(look(damaged));
  EXPECT_TRUE(look(history_file()));
  EXPECT_FALSE(look(base_dir / "missing", Extent::meta));
  EXPECT_TRUE(look(history_file()));
}

TEST_F(QuickLook, TakesNoViewForATable) {
  fill(5);
  run_in(history_file(), "ALTER TABLE cfp_meta RENAME TO kept; CREATE VIEW cfp_meta AS SELECT * FROM kept");
  EXPECT_FALSE(look(history_file(), Extent::meta));
}

TEST_F(QuickLook, SeesNothingOutsideItsDirectory) {
  fill(5);
  SpareInstance elsewhere(base_dir / "empty", kMemory);
  EXPECT_FALSE(examine_quickly(TableKind::history, history_file(), elsewhere, Extent::meta));
}

TEST_F(QuickLook, LeavesWhatIsLongToReadToAnInstanceOfItsOwn) {
  fill(5);
  fs::resize_file(history_file(), (16ULL << 20U) + 1);
  EXPECT_TRUE(look(history_file(), Extent::meta));
  EXPECT_FALSE(look(history_file(), Extent::rows));
  fs::resize_file(history_file(), 16ULL << 20U);
  EXPECT_TRUE(look(history_file(), Extent::rows));
}

TEST_F(QuickLook, DoesNotWaitForWhoeverHasTheSpareInstance) {
  fill(5);
  spare.use([&](const Connection&) { EXPECT_EQ(look(history_file())->rows, 5U); });
}

TEST_F(QuickLook, OfSeveralThreadsSeesTheSame) {
  fill(5);
  fs::copy_file(history_file(), base_dir / "copy");
  std::vector<std::thread> threads(4);
  std::atomic<int> seen{0};
  for (std::thread& thread : threads) {
    thread = std::thread([&, file = &thread == threads.data() ? history_file() : base_dir / "copy"] {
      for (int n = 0; n < 5; ++n) seen += look(file) ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen, 20);
}

TEST_F(QuickLook, HasTheSameSpareInstanceUntilSomethingFailsInIt) {
  bool is_known = false;
  const auto find_mark = [&](const Connection& connection) { is_known = has_table(connection, "mark"); };
  spare.use([](const Connection& connection) { connection.run("CREATE TABLE mark (i INTEGER)"); });
  spare.use(find_mark);
  EXPECT_TRUE(is_known);
  EXPECT_THROW(spare.use([](const Connection& connection) { connection.run("nonsense"); }), SqlError);
  spare.use(find_mark);
  EXPECT_FALSE(is_known);
}

}  // namespace
}  // namespace cfp::tables::duckdb
