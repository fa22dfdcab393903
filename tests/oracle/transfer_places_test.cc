// Where exported files lie, what is made there and what never is.

#include "oracle/transfer_store.h"

namespace cfp::oracle {
namespace {

TEST_F(Transfer, PartitionsByAnyColumnWithoutLeavingItsDirectory) {
  for (const char* const name : {"../../up", "/etc", "..", ".", "", "a b", "new\nline", "=", "%2F", "\u00e9", "*"}) {
    store_->store(name, Data().set("n", 1), "i", "c", std::string(name));
  }
  store_->store("..", Data().set("n", 2), "i", "c");
  const Content expected = content_of_store(*store_);
  for (const FileFormat format : kFormats) {
    const fs::path directory = file("by" + std::to_string(static_cast<int>(format)));
    const std::size_t before = entries();
    store_->export_records(directory,
                           {.format = format, .table = ExportedTable::history, .partition_by = {"date", "key"}});
    EXPECT_EQ(entries(), before + 1);
    EXPECT_EQ(fs::status(directory).permissions(), fs::perms::owner_all);
    const auto day = *fs::directory_iterator(directory);
    EXPECT_TRUE(day.path().filename().string().starts_with("date=20"));
    EXPECT_EQ(std::distance(fs::directory_iterator(day), {}), 11);
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
      if (entry.is_regular_file()) {
        EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write);
      }
    }
    const auto other = another();
    EXPECT_EQ(other->import_records(directory, {.format = format}).stored, 12U);
    EXPECT_EQ(difference(content_of_store(*other), expected), "the same");
    EXPECT_EQ(other->get_item("..", "c", "i")->version(), 2U);
  }
}

TEST_F(Transfer, KeepsTheOrderOfADirectoryOfManyFiles) {
  for (std::int64_t i = 0; i < 20'000; i += 1000) {
    Batch batch;
    for (std::int64_t j = i; j < i + 1000; ++j) batch.store("k" + std::to_string(j % 7), {}, "i", "c", j % 500);
    store_->commit(batch);
  }
  const fs::path directory = file("many");
  store_->export_records(
      directory, {.format = FileFormat::parquet, .table = ExportedTable::history, .partition_by = {"value_int"}});
  const auto other = another();
  EXPECT_EQ(other->import_records(directory, {.format = FileFormat::parquet}).stored, 20'000U);
  EXPECT_EQ(difference(content_of_store(*other), content_of_store(*store_)), "the same");
}

TEST_F(Transfer, SaysWhatToDoWhereThereAreTooManyPartitions) {
  CollectionConfig config = calm_config(files_.path() / "small");
  config.duckdb_memory_limit_bytes = 256UL << 20U;
  CollectionFastPersist small(kDay, config);
  Batch batch;
  for (std::int64_t i = 0; i < 2000; ++i) batch.store("k", {}, std::to_string(i), "c", i);
  small.commit(batch);
  const std::size_t before = entries();
  const std::string text = text_of(
      [&] { small.export_records(file("many"), {.format = FileFormat::parquet, .partition_by = {"value_int"}}); });
  EXPECT_NE(text.find("raise that, or partition by"), std::string::npos) << text;
  EXPECT_EQ(entries(), before);
}

TEST_F(Transfer, OfAnEmptyStoreIsAnEmptyFileOrDirectory) {
  for (const FileFormat format : kFormats) {
    const std::string name = "none" + std::to_string(static_cast<int>(format));
    EXPECT_EQ(store_->export_records(file(name), {.format = format}).records, 0U);
    EXPECT_EQ(store_->import_records(file(name), {.format = format}).rows, 0U);
    EXPECT_EQ(store_->export_records(file(name + "d"), {.format = format, .partition_by = {"key"}}).records, 0U);
    EXPECT_TRUE(fs::is_directory(file(name + "d")));
  }
  EXPECT_EQ(store_->get_stats().last_sequence, 0U);
}

TEST_F(Transfer, TakesPathsForWhatTheyAre) {
  store_->store("k", {}, "i", "c");
  fs::create_directories(file("dir[a]*?'x"));
  const fs::path odd = file("dir[a]*?'x") / "out[1]*?'\".csv";
  store_->export_records(odd);
  write_content(file("dir[a]*?'x") / "out1zz'\".csv", "key\nwrong\n");
  EXPECT_EQ(another()->import_records(odd).stored, 1U);
  EXPECT_EQ(another()->import_records(file("dir[a]*?'x"), {.format = FileFormat::csv}).stored, 2U);
}

TEST_F(Transfer, RefusesPlacesWhereItMustNotWrite) {
  store_->store("k", {}, "i", "c");
  const auto refused = [&](const fs::path& path, const ExportOptions& options = {}) {
    EXPECT_EQ(code_of([&] { store_->export_records(path, options); }), ErrorCode::invalid_argument) << path;
  };
  written("there.csv", "mine");
  fs::create_symlink(file("nowhere"), file("link.csv"));
  refused(file("there.csv"));
  refused(file("link.csv"));
  refused(file("no/such/place.csv"));
  refused(path() / "out.csv");
  refused(path() / kDay / "out.csv");
  refused(file("x.xlsx"));
  refused(file("x.csv") / "");
  refused(file("x.csv"), {.partition_by = {"colour"}});
  refused(file("x.csv"), {.partition_by = {"key", "key"}});
  EXPECT_EQ(content_of(file("there.csv")), "mine");
  EXPECT_EQ(entries(), 2U);
}

}  // namespace
}  // namespace cfp::oracle
