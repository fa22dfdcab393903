// A disk that is full, read-only or not what it should be. Small disks are mounted for it where that is allowed.

#include <gtest/gtest.h>

#include "oracle/opened_store.h"
#include "oracle/small_disk.h"

namespace cfp::oracle {
namespace {

class DiskTrouble : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path path(const std::string& name) const { return directory_.path() / name; }

 private:
  const support::TemporaryDirectory directory_;
};

TEST_F(DiskTrouble, AFullDiskIsReportedAndLiftsWhenThereIsSpaceAgain) {
  const SmallDisk disk(path("disk"), "48m");
  if (!disk.is_mounted()) GTEST_SKIP() << "no tmpfs can be mounted here: " << disk.reason();
  auto config = calm_config(disk.path() / "store");
  config.max_wal_size = 64 * 1024;
  std::vector<std::uint64_t> acknowledged;
  {
    CollectionFastPersist store(kDay, config);
    write_content(disk.path() / "ballast", std::string(42 << 20U, 'x'));
    const std::string data = "{\"a\":\"" + std::string(8000, 'x') + "\"}";
    std::optional<ErrorCode> code;
    for (int i = 0; i < 4000 && !code; ++i) {
      code = code_of([&] { acknowledged.push_back(store.store("k", data, "i" + std::to_string(i))); });
    }
    EXPECT_EQ(code, ErrorCode::disk_full);
    const std::string refused = "i" + std::to_string(acknowledged.size());
    EXPECT_FALSE(store.get_item("k", "", refused)) << "readers see what was not stored";
    EXPECT_TRUE(store.get_item("k", "", "i0"));
    EXPECT_TRUE(code_of([&] { store.flush_data_to_duckdb(); }).has_value()) << "there is no room for the tables either";
    EXPECT_GT(store.get_stats().flush_errors, 0U);
    EXPECT_TRUE(store.get_item("k", "", "i1"));
    fs::remove(disk.path() / "ballast");
    for (int i = 0; i < 5; ++i) acknowledged.push_back(store.store("k", data, "later" + std::to_string(i)));
    store.flush_data_to_duckdb();
    EXPECT_EQ(store.get_stats().flush_errors, 0U);
    store.close();
  }
  CollectionFastPersist store(kDay, config);
  const auto rows = store.history_conn().execute("SELECT cfp_seq FROM storage_history ORDER BY cfp_seq").fetchall();
  ASSERT_EQ(rows.size(), acknowledged.size());
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i][0], Cell(acknowledged[i]));
  EXPECT_EQ(store.get_key("k", "")->size(), acknowledged.size());
}

TEST_F(DiskTrouble, OpeningOnAFullDiskSaysSoAndWorksLater) {
  const SmallDisk disk(path("disk"), "3m");
  if (!disk.is_mounted()) GTEST_SKIP() << "no tmpfs can be mounted here: " << disk.reason();
  std::string ballast(3 << 20U, 'x');
  write_content(disk.path() / "ballast", ballast);
  const auto open = [&] { CollectionFastPersist(kDay, calm_config(disk.path() / "store")).store("k", "{}", "i"); };
  EXPECT_EQ(code_of(open), ErrorCode::disk_full) << text_of(open);
  fs::remove(disk.path() / "ballast");
  auto config = calm_config(disk.path() / "store");
  config.max_wal_size = 4096;
  CollectionFastPersist store(kDay, config);
  EXPECT_GT(store.store("k", "{}", "i"), 0U);
}

TEST_F(DiskTrouble, AReadOnlyDiskIsItsOwnError) {
  const SmallDisk disk(path("disk"), "20m");
  if (!disk.is_mounted()) GTEST_SKIP() << "no tmpfs can be mounted here: " << disk.reason();
  const auto config = calm_config(disk.path() / "store");
  { CollectionFastPersist(kDay, config).store("k", "{}", "i"); }
  ASSERT_TRUE(disk.make_read_only());
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, config); }), ErrorCode::read_only_disk);
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, calm_config(disk.path() / "new")); }),
            ErrorCode::read_only_disk);
}

TEST_F(DiskTrouble, ABaseDirThatIsNoDirectoryOfItsOwnIsRefused) {
  write_content(path("file"), "x");
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, calm_config(path("file"))); }),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, calm_config(path("file") / "below")); }),
            ErrorCode::invalid_argument);
  fs::create_directories(path("real"));
  fs::create_directory_symlink(path("real"), path("link"));
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, calm_config(path("link"))); }),
            ErrorCode::invalid_argument);
  EXPECT_TRUE(fs::is_empty(path("real")));
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, calm_config("")); }), ErrorCode::invalid_argument);
}

TEST_F(DiskTrouble, ALinkInThePlaceOfADatabaseIsNotFollowed) {
  { CollectionFastPersist(kDay, calm_config(path("store"))).store("k", "{}", "i"); }
  fs::rename(path("store") / "storage_history.duckdb", path("elsewhere"));
  fs::create_symlink(path("elsewhere"), path("store") / "storage_history.duckdb");
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, calm_config(path("store"))); }), ErrorCode::foreign);
}

TEST_F(DiskTrouble, FilesAndDirectoriesArePrivate) {
  CollectionFastPersist store(kDay, calm_config(path("store")));
  store.store("k", "{}", "i");
  store.flush_data_to_duckdb();
  for (const auto& entry : fs::recursive_directory_iterator(path("store"))) {
    const auto mode = fs::status(entry.path()).permissions();
    EXPECT_EQ(mode & (fs::perms::group_all | fs::perms::others_all), fs::perms::none) << entry.path();
  }
  EXPECT_EQ(fs::status(path("store")).permissions(), fs::perms::owner_all);
}

}  // namespace
}  // namespace cfp::oracle
