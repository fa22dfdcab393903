// Records that go to files and come back: nothing of them may change on the way, whatever the format.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <thread>

#include "oracle/hostile_names.h"
#include "oracle/reopened_store.h"
#include "support/random_document.h"

namespace cfp::oracle {
namespace {

constexpr FileFormat kFormats[] = {FileFormat::jsonl, FileFormat::csv, FileFormat::parquet};
constexpr const char* kEndings[] = {".jsonl", ".csv", ".parquet"};

std::vector<Value> odd_values() {
  using Real = std::numeric_limits<double>;
  return {std::monostate{},
          true,
          false,
          std::int64_t{0},
          std::int64_t{1},
          INT64_MIN,
          INT64_MAX,
          0.0,
          -0.0,
          0.1,
          Real::denorm_min(),
          Real::max(),
          Real::infinity(),
          -Real::infinity(),
          std::string(),
          std::string("null"),
          std::string("5"),
          std::string("a\0b", 3),
          std::string("\"quoted\", and\r\n\nlines"),
          std::string(40'000, 'y')};
}

/// Everything that is there, as text: what two stores must agree on.
using Content = std::map<std::vector<std::string>, std::string>;

std::string said_of(const Record& record) {
  std::string value = std::visit(
      [](const auto& v) -> std::string {
        using V = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<V, std::monostate>)
          return "none";
        else if constexpr (std::is_same_v<V, std::string>)
          return "s" + v;
        else if constexpr (std::is_same_v<V, double>)
          return "r" + std::to_string(std::bit_cast<std::uint64_t>(v));
        else
          return (std::is_same_v<V, bool> ? "b" : "i") + std::to_string(v);
      },
      record.value());
  return record.data_text() + "|" + value + "|" + (record.timestamp() ? record.timestamp()->to_string() : "none") +
         "|" + record.username().value_or("none");
}

Content content_of_store(CollectionFastPersist& store) {
  Content content;
  for (const std::string& key : store.keys({.limit = 100'000})) {
    const auto collections = store.get_key(key);
    if (!collections) continue;
    for (const Collection& collection : *collections) {
      for (const Record& item : collection.items) content[{key, collection.name, item.item_name()}] = said_of(item);
    }
  }
  return content;
}

class Transfer : public ReopenedStore {
 protected:
  Transfer() : ReopenedStore({{"score", "float64"}, {"plan", "string"}}) {}
  [[nodiscard]] fs::path file(const std::string& name) const { return files_.path() / name; }
  std::string written(const std::string& name, const std::string& content) const {
    write_content(file(name), content);
    return file(name);
  }
  void fill() {
    std::int64_t at = 0;
    for (const std::string& name : names_that_are_kept()) {
      const std::string& collection = at % 3 == 0 ? name : "c";
      store_->store(name, test::RandomDocument(static_cast<std::uint64_t>(at), 3).text, at % 5 == 0 ? name : "i",
                    collection, at);
      if (++at == 100) store_->flush_data_to_duckdb();
    }
    const std::vector<Value> values = odd_values();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string item = "v" + std::to_string(i);
      store_->store("values", Data().set("score", 0.5).set("plan", "a"), item, "c", values[i],
                    Timestamp("2024-02-29T23:59:59.123456+05:30"), "me", {.reason = "because"});
      store_->store("values", Data().set("n", UINT64_MAX), item, "c", values[values.size() - 1 - i]);
      if (i % 4 == 0) store_->delete_item("values", "c", item, "you", {.reason = "gone"});
    }
    store_->store("values", Data().set("value", true).set("timestamp", "2024-01-01"), "in data", "c");
  }
  std::unique_ptr<CollectionFastPersist> another() {
    CollectionConfig config = calm_config(files_.path() / ("other" + std::to_string(++others_)));
    config.extra_schema = {{"score", "float64"}, {"plan", "string"}};
    config.backup_on_close = false;
    return std::make_unique<CollectionFastPersist>(kDay, config);
  }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(files_.path()), {}));
  }

  const support::TemporaryDirectory files_;
  int others_ = 0;
};

TEST_F(Transfer, BringsBackEveryFieldOfEveryItemInEachFormat) {
  fill();
  const Content expected = content_of_store(*store_);
  for (const char* const ending : kEndings) {
    SCOPED_TRACE(ending);
    const ExportResult exported = store_->export_records(file(std::string("out") + ending));
    EXPECT_EQ(exported.records, expected.size());
    EXPECT_EQ(exported.last_sequence, store_->get_stats().last_sequence);
    const auto other = another();
    const ImportResult imported = other->import_records(file(std::string("out") + ending));
    EXPECT_EQ(imported.stored, expected.size());
    EXPECT_EQ(imported.deleted, 0U);
    EXPECT_EQ(content_of_store(*other), expected);
  }
}

TEST_F(Transfer, BringsBackEveryVersionAndDeleteOfHistory) {
  fill();
  const Content expected = content_of_store(*store_);
  for (const char* const ending : kEndings) {
    SCOPED_TRACE(ending);
    const fs::path path = file(std::string("past") + ending);
    EXPECT_EQ(store_->export_records(path, {.table = ExportedTable::history}).records,
              store_->get_stats().last_sequence);
    const auto other = another();
    EXPECT_EQ(other->import_records(path).last_sequence, store_->get_stats().last_sequence);
    EXPECT_EQ(content_of_store(*other), expected);
    for (std::size_t i = 0; i < odd_values().size(); ++i) {
      const std::string item = "v" + std::to_string(i);
      const auto was = store_->get_history("values", "c", item), is = other->get_history("values", "c", item);
      ASSERT_EQ(is.size(), was.size()) << item;
      for (std::size_t v = 0; v < was.size(); ++v) {
        EXPECT_EQ(said_of(is[v].record), said_of(was[v].record)) << item;
        EXPECT_EQ(is[v].deleted, was[v].deleted);
        EXPECT_EQ(is[v].reason, was[v].reason);
      }
    }
  }
}

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
    EXPECT_EQ(content_of_store(*other), expected);
    EXPECT_EQ(other->get_item("..", "c", "i")->version(), 2U);
  }
}

TEST_F(Transfer, KeepsTheOrderOfADirectoryOfManyFiles) {
  for (std::int64_t i = 0; i < 20'000; i += 1000) {
    Batch batch;
    for (std::int64_t j = i; j < i + 1000; ++j) batch.store("k" + std::to_string(j % 7), {}, "i", "c", j);
    store_->commit(batch);
  }
  const fs::path directory = file("many");
  store_->export_records(
      directory, {.format = FileFormat::parquet, .table = ExportedTable::history, .partition_by = {"value_int"}});
  const auto other = another();
  EXPECT_EQ(other->import_records(directory, {.format = FileFormat::parquet}).stored, 20'000U);
  EXPECT_EQ(content_of_store(*other), content_of_store(*store_));
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

TEST_F(Transfer, ShowsOneMomentBesideWriters) {
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::int64_t n = 0; !done; ++n) {
      Batch batch;
      for (const char* const key : {"a", "b", "c"}) batch.store(key, {}, "i", "c", n);
      store_->commit(batch, Durability::none);
      if (n % 50 == 0) store_->flush_data_to_duckdb();
    }
  });
  for (int round = 0; round < 6; ++round) {
    const fs::path path = file("moment" + std::to_string(round) + ".jsonl");
    while (store_->get_stats().last_sequence < 3) std::this_thread::yield();
    EXPECT_EQ(store_->export_records(path).records, 3U);
    const auto other = another();
    other->import_records(path);
    const auto value = [&](const char* key) { return other->get_item(key, "c", "i")->value(); };
    EXPECT_EQ(value("a"), value("b"));
    EXPECT_EQ(value("b"), value("c"));
  }
  done = true;
  writer.join();
}

TEST_F(Transfer, TakesWhatOthersWrite) {
  const ImportResult csv =
      store_->import_records(written("people.csv",
                                     "key,item_name,value_int,value_string,data,username\r\n#u1,age,42,,,\"\"\r\n"
                                     "u2,name,,\"Ann \"\"A\"\"\",\"{\"\"x\"\": [1, 2]}\",bob\r\n"));
  EXPECT_EQ(csv.stored, 2U);
  EXPECT_EQ(store_->get_item("#u1", "", "age")->value(), Value(std::int64_t{42}));
  EXPECT_EQ(store_->get_item("#u1", "", "age")->username(), "");
  EXPECT_EQ(store_->get_item("u2", "", "name")->value(), Value(std::string("Ann \"A\"")));
  EXPECT_EQ(store_->get_item("u2", "", "name")->data().get_json("x"), "[1,2]");
  const std::string lines =
      "{\"key\":\"k\",\"value\":true}\n\n  {\"value\" : 2.5, \"item_name\":\"\\u00e9\", \"key\":\"k\" }\n"
      "{\"key\":\"k\",\"item_name\":\"t\",\"timestamp\":\"2024-01-01T00:00:00+02:00\",\"reason\":\"why\"}";
  EXPECT_EQ(store_->import_records(written("lines.ndjson", lines)).stored, 3U);
  EXPECT_EQ(store_->get_item("k", "", "")->value(), Value(true));
  EXPECT_EQ(store_->get_item("k", "", "\u00e9")->value(), Value(2.5));
  EXPECT_EQ(store_->get_item("k", "", "t")->timestamp(), Timestamp("2024-01-01T00:00:00+02:00"));
  EXPECT_EQ(store_->get_version("k", "", "t", 1)->reason, "why");
}

TEST_F(Transfer, RefusesABadRowByItsNumberBeforeAnythingChanges) {
  std::string good;
  for (int i = 0; i < 5000; ++i) good += "{\"key\":\"k\",\"item_name\":\"" + std::to_string(i) + "\"}\n";
  for (const char* const bad : {"{\"item_name\":\"a\"}",
                                "{\"key\":null}",
                                "{\"key\":5}",
                                "{\"key\":\"a\\u0000b\"}",
                                "{\"key\":\"k\",\"data\":[1]}",
                                "{\"key\":\"k\",\"data\":\"{\"}",
                                "{\"key\":\"k\",\"data\":5}",
                                "{\"key\":\"k\",\"data\":{\"a\":1,\"a\":2}}",
                                "{\"key\":\"k\",\"value\":{}}",
                                "{\"key\":\"k\",\"value\":1,\"value_int\":1}",
                                "{\"key\":\"k\",\"value_int\":1.5}",
                                "{\"key\":\"k\",\"value_int\":\"x\"}",
                                "{\"key\":\"k\",\"value_float\":\"1x\"}",
                                "{\"key\":\"k\",\"value_string\":1}",
                                "{\"key\":\"k\",\"timestamp\":\"tomorrow\"}",
                                "{\"key\":\"k\",\"timestamp\":5}",
                                "{\"key\":\"k\",\"username\":5}",
                                "{\"key\":\"k\",\"cfp_op\":\"erase\"}",
                                "{\"key\":\"k\",\"colour\":\"red\"}",
                                "{\"key\":\"k\",\"key\":\"l\"}",
                                "{\"key\":\"k\",\"reason\":\"a\",\"cfp_reason\":\"b\"}",
                                "{\"key\":\"k\",\"data\":{\"score\":\"high\"}}"}) {
    SCOPED_TRACE(bad);
    const std::string text = text_of([&] { store_->import_records(written("bad.jsonl", good + bad + "\n" + good)); });
    EXPECT_NE(text.find("Nothing was imported: row 5001 of bad.jsonl: "), std::string::npos) << text;
  }
  EXPECT_EQ(store_->get_stats().last_sequence, 0U);
}

TEST_F(Transfer, RefusesFilesThatAreNotWhatTheyAreCalled) {
  const auto refused = [&](const std::string& name, const std::string& content) {
    SCOPED_TRACE(name + ": " + content);
    EXPECT_EQ(code_of([&] { store_->import_records(written(name, content)); }), ErrorCode::invalid_argument);
    EXPECT_NE(text_of([&] { store_->import_records(file(name)); }).find(name), std::string::npos);
  };
  refused("a.jsonl", "{\"key\":\"a\"}\n{\"key\":\n");
  refused("b.jsonl", "{\"key\":\"a\"}{\"key\":\"b\"}\n");
  refused("c.csv", "key,item_name\na\n");
  refused("d.csv", "key,item_name\na,b,c\n");
  refused("e.csv", "key,item_name\na,\"b\n");
  refused("f.csv", "key,item_name\na,\xff\n");
  refused("g.parquet", "PAR1");
  refused("h.parquet", "");
  refused("noending", "key\na\n");
  for (const char* const name : {"c2.csv", "c3.csv"}) {
    EXPECT_EQ(
        code_of([&] {
          store_->import_records(written(name, name == std::string("c2.csv") ? "key,colour\na,b\n" : "1,2\n3,4\n"));
        }),
        ErrorCode::invalid_record);
  }
  EXPECT_EQ(code_of([&] { store_->import_records(file("missing.csv")); }), ErrorCode::invalid_argument);
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

TEST_F(Transfer, ThatIsStoppedLeavesNoFileAndWholeBatches) {
  for (int i = 0; i < 5; ++i) {
    Batch batch;
    for (int j = 0; j < 1000; ++j) batch.store("k", {}, std::to_string(i * 1000 + j), "c");
    store_->commit(batch);
  }
  const auto stop_at = [](std::uint64_t records, bool checking) {
    return [=](const TransferProgress& progress) {
      if (progress.checking == checking && progress.records >= records) throw std::runtime_error("stop");
    };
  };
  EXPECT_THROW(store_->export_records(file("out.csv"), {.progress = stop_at(3000, false)}), std::runtime_error);
  EXPECT_EQ(entries(), 0U);
  store_->export_records(file("out.csv"));
  const auto other = another();
  EXPECT_THROW(other->import_records(file("out.csv"), {.progress = stop_at(1, true)}), std::runtime_error);
  EXPECT_EQ(other->get_stats().last_sequence, 0U);
  EXPECT_THROW(other->import_records(file("out.csv"), {.progress = stop_at(2000, false)}), std::runtime_error);
  EXPECT_EQ(other->get_stats().last_sequence, 2000U);
  EXPECT_EQ(other->import_records(file("out.csv"), {.skip_rows = 2000}).rows, 3000U);
  EXPECT_EQ(content_of_store(*other), content_of_store(*store_));
}

TEST_F(Transfer, TellsHowFarItIs) {
  Batch batch;
  for (int i = 0; i < 10'000; ++i) batch.store("k", {}, std::to_string(i), "c");
  store_->commit(batch);
  std::vector<TransferProgress> said;
  const auto hear = [&](const TransferProgress& progress) { said.push_back(progress); };
  store_->export_records(file("out.parquet"), {.progress = hear});
  ASSERT_GT(said.size(), 2U);
  EXPECT_EQ(said.back().records, 10'000U);
  EXPECT_EQ(said.back().total, 10'000U);
  said.clear();
  another()->import_records(file("out.parquet"), {.progress = hear});
  ASSERT_GT(said.size(), 10U);
  EXPECT_TRUE(said.front().checking);
  EXPECT_EQ(said.front().total, std::nullopt);
  EXPECT_FALSE(said.back().checking);
  EXPECT_EQ(said.back().records, 10'000U);
  EXPECT_EQ(said.back().total, 10'000U);
}

TEST_F(Transfer, OfAReadOnlyStoreOnlyExports) {
  store_->store("k", {}, "i", "c");
  store_->close();
  store_.reset();
  open(true);
  EXPECT_EQ(store_->export_records(file("out.jsonl")).records, 1U);
  EXPECT_EQ(code_of([&] { store_->import_records(file("out.jsonl")); }), ErrorCode::read_only);
}

}  // namespace
}  // namespace cfp::oracle
