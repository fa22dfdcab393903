// Records that go to files and come back: nothing of them may change on the way, whatever the format.

#include <thread>

#include "oracle/transfer_store.h"

namespace cfp::oracle {
namespace {

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
    EXPECT_EQ(difference(content_of_store(*other), expected), "the same");
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
    EXPECT_EQ(difference(content_of_store(*other), expected), "the same");
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

TEST_F(Transfer, KeepsTheSignOfAZeroButInParquet) {
  store_->store("k", {}, "zero", "c", 0.0);
  store_->store("k", {}, "minus zero", "c", -0.0);
  for (const char* const ending : kEndings) {
    SCOPED_TRACE(ending);
    const fs::path path = file(std::string("zeros") + ending);
    store_->export_records(path, {.table = ExportedTable::history});
    const auto other = another();
    other->import_records(path);
    const double zero = std::get<double>(other->get_item("k", "c", "minus zero")->value());
    EXPECT_EQ(zero, 0.0);
    EXPECT_TRUE(std::signbit(zero) || ending == std::string(".parquet"));
    EXPECT_FALSE(std::signbit(std::get<double>(other->get_item("k", "c", "zero")->value())));
  }
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
  struct Stop {};  // of any type
  const auto stop = [](const TransferProgress& progress) {
    if (!progress.checking && progress.records >= 2000) throw Stop();
  };
  EXPECT_THROW(store_->export_records(file("no.csv"), {.progress = stop}), Stop);
  EXPECT_THROW(other->import_records(file("out.csv"), {.progress = stop}), Stop);
  EXPECT_EQ(other->get_stats().last_sequence, 2000U);
  EXPECT_EQ(other->import_records(file("out.csv"), {.skip_rows = 2000}).rows, 3000U);
  EXPECT_EQ(difference(content_of_store(*other), content_of_store(*store_)), "the same");
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
