// What a caller may put in: hostile names, dates, columns and SQL (P6, P11), and every type there and back (P12).

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "oracle/opened_store.h"

namespace cfp::oracle {
namespace {

class Input : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path path() const { return directory_.path() / "store"; }
  [[nodiscard]] CollectionConfig config() const { return calm_config(path()); }
  [[nodiscard]] std::optional<ErrorCode> code_of_columns(std::vector<ExtraColumn> columns) const {
    auto with_columns = config();
    with_columns.extra_schema = std::move(columns);
    return code_of([&] { CollectionFastPersist store(kDay, with_columns); });
  }

 private:
  const support::TemporaryDirectory directory_;
};

std::vector<std::string> hostile_names() {
  return {"",
          "'",
          "\"",
          "a'; DROP TABLE storage_history; --",
          "line\nbreak",
          "tab\t\r",
          "../../etc/passwd",
          "/",
          "\\",
          "nul",
          "\xF0\x9F\x98\x80 emoji",
          "\x01\x1f",
          "%s%n",
          "a|b",
          "{\"json\":1}",
          "é",
          std::string(4096, 'x')};
}

TEST_F(Input, HostileNamesComeBackAsTheyAreAlsoAfterARestart) {
  const auto names = hostile_names();
  for (const bool restarted : {false, true}) {
    CollectionFastPersist store(kDay, config());
    for (const std::string& name : names) {
      if (!restarted) store.store(name, "{}", name, name, name);
      const auto record = store.get_item(name, name, name);
      ASSERT_TRUE(record) << name;
      EXPECT_EQ(record->item_name(), name);
      EXPECT_EQ(record->value(), Value(name));
      EXPECT_EQ(store.get_key(name)->at(0).name, name);
    }
    EXPECT_EQ(count_of(store.history_conn(), "storage_history"), static_cast<std::int64_t>(names.size()));
    EXPECT_EQ(count_of(store.latest_conn(), "storage_latest"), static_cast<std::int64_t>(names.size()));
  }
  for (const auto& entry : fs::recursive_directory_iterator(path().parent_path())) {
    EXPECT_EQ(entry.path().string().find("passwd"), std::string::npos);
  }
}

TEST_F(Input, TheDirectoryMayHaveAnyNameThatIsNotRefused) {
  const fs::path root = path();
  for (const std::string name : {"a..b", "..c", "c..", " with space ", "quo'te", "dou\"ble", "100%s", "*[x]{a,b}", "új",
                                 "new\nline", "s3:x", "sqlite:x", "back\\slash", "~", "$HOME", "a;b", "#x"}) {
    CollectionConfig odd = config();
    odd.base_dir = root / name;
    {
      CollectionFastPersist store(kDay, odd);
      store.store("k", "{}", "i", "c", name);
      store.close();
    }
    EXPECT_EQ(list_backups(odd.base_dir, true).at(0).problem, "") << name;
    CollectionFastPersist store(kDay, odd);
    EXPECT_EQ(store.get_item("k", "c", "i")->value(), Value(name));
  }
}

TEST_F(Input, ADirectoryWhoseNameDuckDbCutsOffIsRefusedWithoutATrace) {
  CollectionConfig cut_off = config();
  cut_off.base_dir = path() / "what?" / "store";
  EXPECT_EQ(text_of([&] { CollectionFastPersist store(kDay, cut_off); }),
            "The option base_dir must be a path without a question mark, wherever its links lead: DuckDB cannot keep "
            "its log there.");
  EXPECT_FALSE(fs::exists(path()));
  fs::create_directories(path() / "what?");
  fs::create_directory_symlink(path() / "what?", path() / "link");
  cut_off.base_dir = path() / "link" / "store";
  EXPECT_EQ(code_of([&] { CollectionFastPersist store(kDay, cut_off); }), ErrorCode::invalid_argument);
  EXPECT_FALSE(fs::exists(path() / "what?" / "store"));
}

TEST_F(Input, NamesThatNoTableCouldKeepAreRefusedWithoutATrace) {
  CollectionFastPersist store(kDay, config());
  for (const std::string& bad :
       {std::string(4097, 'x'), std::string("a\0b", 3), std::string("\xff"), std::string("\xed\xa0\x80")}) {
    EXPECT_EQ(code_of([&] { store.store(bad, "{}"); }), ErrorCode::invalid_record);
    EXPECT_EQ(code_of([&] { store.store("k", "{}", bad); }), ErrorCode::invalid_record);
    EXPECT_EQ(code_of([&] { store.store("k", "{}", "i", bad); }), ErrorCode::invalid_record);
    EXPECT_FALSE(store.get_key(bad));
  }
  EXPECT_EQ(code_of([&] { store.store("k", "{}", "i", "c", std::string("\xff")); }), ErrorCode::invalid_record);
  EXPECT_EQ(code_of([&] { store.store("k", "{}", "i", "c", {}, {}, "\xff"); }), ErrorCode::invalid_record);
  EXPECT_EQ(store.get_stats().last_sequence, 0U);
  EXPECT_EQ(store.get_stats().unflushed_bytes, 0U);
  EXPECT_EQ(store.get_stats().cache_size, 0U);
}

TEST_F(Input, ADateIsExactlyADayAndReachesNoPath) {
  for (const char* bad : {"../x", "2025-02-30", "2025-1-1", "", "2025-12-24 ", "2025-12-24/..", "20251224",
                          "٢٠٢٥-01-01", "0000-01-01", "2025-12-24T00:00:00"}) {
    EXPECT_EQ(code_of([&] { CollectionFastPersist store(bad, config()); }), ErrorCode::invalid_argument) << bad;
  }
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(Input, ColumnNamesThatAreNoneAreRefusedAtOpen) {
  const std::vector<std::string> bad = {"a\"); DROP TABLE storage_history; --",
                                        "",
                                        "1a",
                                        "Key",
                                        "DATA",
                                        "value_int",
                                        "Version",
                                        "cfp_x",
                                        "CFP_y",
                                        "é",
                                        std::string(64, 'x'),
                                        "a.b",
                                        "a;b"};
  for (const std::string& name : bad) {
    EXPECT_EQ(code_of_columns({{name, "int32"}}), ErrorCode::extra_schema) << name;
  }
  EXPECT_EQ(code_of_columns({{"Priority", "int32"}, {"priority", "string"}}), ErrorCode::extra_schema);
  EXPECT_EQ(code_of_columns({{"a", "varchar"}}), ErrorCode::extra_schema);
  EXPECT_EQ(code_of_columns({{"a", "int32); DROP TABLE x"}}), ErrorCode::extra_schema);
  EXPECT_EQ(code_of_columns({{std::string(63, 'x'), "int32"}, {"select", "int32"}, {"Two Words", "string"}}),
            std::nullopt);
}

TEST_F(Input, EveryColumnTypeTakesWhatFitsAndRefusesWhatDoesNot) {
  auto with_columns = config();
  with_columns.extra_schema = {{"i8", "int8"},   {"u64", "uint64"},  {"f32", "float32"}, {"f64", "float64"},
                               {"flag", "bool"}, {"text", "string"}, {"day", "date32"},  {"at", "timestamp[us]"}};
  CollectionFastPersist store(kDay, with_columns);
  store.store("k",
              R"({"i8":-128,"u64":18446744073709551615,"f32":0.5,"f64":3,"flag":true,"text":"x","day":"2024-02-29",)"
              R"("at":"2024-02-29T12:00:00+02:00"})",
              "good");
  store.store("k", R"({"i8":null})", "empty");
  for (const char* bad :
       {R"({"i8":128})", R"({"i8":1.0})", R"({"i8":"1"})", R"({"i8":true})", R"({"u64":-1})", R"({"f32":1e300})",
        R"({"f64":"1"})", R"({"flag":1})", R"({"text":1})", R"({"day":"soon"})", R"({"at":5})", R"({"text":["x"]})"}) {
    EXPECT_EQ(code_of([&] { store.store("k", bad, "bad"); }), ErrorCode::extra_schema) << bad;
  }
  const auto row =
      store.history_conn()
          .execute(
              "SELECT i8, u64, f32, f64, flag, \"text\", CAST(\"day\" AS VARCHAR), CAST(\"at\" AS VARCHAR) "
              "FROM storage_history WHERE item_name = 'good'")
          .fetchone();
  ASSERT_TRUE(row);
  EXPECT_EQ(*row, (Row{std::int64_t{-128}, std::numeric_limits<std::uint64_t>::max(), 0.5, 3.0, true, std::string("x"),
                       std::string("2024-02-29"), std::string("2024-02-29 10:00:00")}));
  EXPECT_EQ(store.latest_conn().execute("SELECT i8 FROM storage_latest WHERE item_name = 'empty'").fetchone()->at(0),
            Cell());
  store.close();
  CollectionFastPersist again(kDay, config());  // columns that the config does not name stay in force
  EXPECT_EQ(code_of([&] { again.store("k", R"({"i8":1000})", "bad"); }), ErrorCode::extra_schema);
}

TEST_F(Input, ValuesKeepTypeAndExactnessAcrossARestart) {
  const std::vector<Value> values = {{},
                                     true,
                                     false,
                                     std::int64_t{0},
                                     std::numeric_limits<std::int64_t>::min(),
                                     std::numeric_limits<std::int64_t>::max(),
                                     1.0,
                                     0.1,
                                     -0.0,
                                     5e-324,
                                     std::numeric_limits<double>::infinity(),
                                     std::string(),
                                     std::string("1"),
                                     std::string("nul\0inside", 10),
                                     std::string(100'000, 'y')};
  const std::string data =
      R"({"z":1,"a":{"when":"2024-01-01T01:02:03.000004-05:30"},"big":9223372036854775807,"l":[1,"x",null]})";
  std::vector<std::string> texts;
  for (const int round : {0, 1, 2}) {
    CollectionFastPersist store(kDay, config());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (round == 0)
        store.store("k", data, std::to_string(i), "c", values[i], Timestamp("2024-05-05T05:05:05+05:00"), "me");
      const auto record = store.get_item("k", "c", std::to_string(i));
      ASSERT_TRUE(record) << i;
      EXPECT_EQ(record->value(), values[i]) << i << " in round " << round;
      EXPECT_EQ(record->timestamp()->to_string(), "2024-05-05T05:05:05+05:00");
      EXPECT_EQ(record->username(), "me");
      if (round == 0) texts.push_back(std::string(record->data_text()));
      EXPECT_EQ(record->data_text(), texts[i]);
    }
    if (round == 0) store.store("k", "{}", "nan", "c", std::nan(""));
    EXPECT_TRUE(std::isnan(std::get<double>(store.get_item("k", "c", "nan")->value())));
    if (round == 1) static_cast<void>(store.rebuild_latest_from_history());
    store.close();
  }
  EXPECT_TRUE(
      texts[0].starts_with(R"({"z":1,"a":{"when":"2024-01-01T01:02:03.000004-05:30"},"big":9223372036854775807,)"))
      << texts[0];
}

TEST_F(Input, OnlyOneReadingStatementGetsThroughTheFacade) {
  CollectionFastPersist store(kDay, config());
  store.store("k", "{}", "i");
  write_content(path() / "secret.csv", "a,b\n1,2\n");
  const std::string secret = "'" + (path() / "secret.csv").string() + "'";
  for (const std::string& bad : std::vector<std::string>{
           "DROP TABLE storage_history", "DELETE FROM storage_history", "SELECT 1; DROP TABLE storage_history",
           "INSERT INTO storage_history (\"key\") VALUES ('x')", "SELECT * FROM checkpoint()", "ATTACH 'x.duckdb'",
           "SET threads = 4", "PRAGMA version", "COPY storage_history TO 'x.csv'",
           "SELECT * FROM read_csv(" + secret + ")", "SELECT * FROM " + secret, "CREATE TABLE t (a INT)", "BEGIN", "",
           "nonsense"}) {
    EXPECT_EQ(code_of([&] { static_cast<void>(store.history_conn().execute(bad).fetchall()); }), ErrorCode::sql) << bad;
    EXPECT_EQ(code_of([&] { static_cast<void>(store.latest_conn().execute(bad).fetchall()); }), ErrorCode::sql) << bad;
  }
  const auto rows = store.history_conn().execute("SELECT count(*) FROM storage_history WHERE \"key\" = ?",
                                                 {std::string("' OR 1=1 --")});
  EXPECT_EQ(count_of(store.history_conn(), "storage_history"), 1);
}

TEST_F(Input, AnOptionOutOfRangeIsNamed) {
  const auto refused = [&](const char* option, const auto& change) {
    auto changed = config();
    change(changed);
    const auto open = [&] { CollectionFastPersist store(kDay, changed); };
    EXPECT_EQ(code_of(open), ErrorCode::invalid_argument) << option;
    EXPECT_NE(text_of(open).find(option), std::string::npos) << text_of(open);
  };
  refused("max_wal_size", [](auto& c) { c.max_wal_size = 4095; });
  refused("max_wal_size", [](auto& c) { c.max_wal_size = (1U << 30U) + 1; });
  refused("batch_size", [](auto& c) { c.batch_size = 0; });
  refused("duckdb_flush_interval_seconds", [](auto& c) { c.duckdb_flush_interval_seconds = 0; });
  refused("duckdb_flush_interval_seconds", [](auto& c) { c.duckdb_flush_interval_seconds = std::nan(""); });
  refused("latest_interval_seconds", [](auto& c) { c.latest_interval_seconds = -1; });
  refused("retain_days", [](auto& c) { c.retain_days = -1; });
  refused("max_unflushed_bytes", [](auto& c) { c.max_unflushed_bytes = 1; });
  refused("store_timeout_seconds", [](auto& c) { c.store_timeout_seconds = -1; });
  refused("max_record_bytes", [](auto& c) { c.max_record_bytes = 10; });
  refused("duckdb_memory_limit_bytes", [](auto& c) { c.duckdb_memory_limit_bytes = 1; });
  refused("duckdb_threads", [](auto& c) { c.duckdb_threads = 0; });
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(Input, ARecordBeyondItsBoundIsRefused) {
  auto small = config();
  small.max_record_bytes = 1024;
  CollectionFastPersist store(kDay, small);
  EXPECT_EQ(code_of([&] { store.store("k", "{\"a\":\"" + std::string(2000, 'x') + "\"}"); }),
            ErrorCode::invalid_record);
  EXPECT_EQ(store.get_stats().last_sequence, 0U);
  std::string deep = "1";
  for (int i = 0; i < 101; ++i) deep = "[" + deep + "]";
  EXPECT_EQ(code_of([&] { store.store("k", "{\"a\":" + deep + "}"); }), ErrorCode::invalid_record);
}

}  // namespace
}  // namespace cfp::oracle
