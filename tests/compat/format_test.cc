// Format 1 as it was once: a store with every field of log and tables, kept in tests/compat/format_1, opens for ever,
// from tables, log or both, and a store made the same way today has the same log, byte for byte.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "cfp/collection_fast_persist.h"
#include "engine/engine.h"
#include "support/made_record.h"
#include "support/simulated_environment.h"
#include "support/temporary_directory.h"
#include "wal/line.h"

namespace cfp {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDate = "2025-12-24";
const std::string kStoreId = "0123456789abcdef0123456789abcdef";

CollectionConfig sample_config(const fs::path& base_dir) {
  CollectionConfig config;
  config.base_dir = base_dir;
  config.backup_on_close = false;
  config.extra_schema = {{"i8", "int8"},     {"u64", "uint64"},       {"f32", "float32"},
                         {"f64", "float64"}, {"flag", "bool"},        {"text", "string"},
                         {"day", "date32"},  {"at", "timestamp[us]"}, {"Two Words", "int64"}};
  return config;
}

/// Deletes, batches, reasons and request ids, which the engine reads but does not write yet.
void write_first_segment(const fs::path& base_dir, support::SimulatedClock& clock, support::SteppedBackground& steps) {
  const auto base = os::make_system_environment().open_base_directory(base_dir);
  const auto date = base->open_directory(kDate, true);
  wal::SegmentWriter writer(*date, steps, clock, kStoreId, 1 << 20, {});
  const auto write = [&](std::vector<model::Record> records, bool is_batch) {
    std::vector<std::string> starts;
    for (model::Record& record : records) starts.push_back(wal::encode_line_start(record));
    const wal::LineBatch batch{records, starts, is_batch};
    writer.write({&batch, 1});
    clock.advance(std::chrono::microseconds(1'000'001));
  };
  const std::string data = R"({"i8":-7,"text":"batch","timestamp":"2025-12-24T10:00:00+02:00"})";
  model::Record reasoned = support::made_record("k", "c", "reasoned", std::int64_t{5}, data);
  support::remake(reasoned, [](auto& state) { state.timestamp = Timestamp("2025-12-24T10:00:00+02:00"); });
  reasoned.reason = "a \"reason\"";
  reasoned.request_id = "request-1";
  write({support::made_record("k", "c", "erased", true, R"({"value":true})")}, false);
  write({support::made_erase("k", "c", "erased"), reasoned, support::made_record("k", "", "", 0.1)}, true);
  write({support::made_erase("k", "c", "never there")}, false);
  write({support::made_record("k", "c", "again", std::string("first"))}, false);
  write({support::made_erase("k", "c", "again")}, false);
  write({support::made_record("k", "c", "again", std::string("second"))}, false);
  writer.close();
}

/// Every type of value, special field and custom column.
void store_all_kinds(engine::Engine& store, support::SimulatedClock& clock) {
  const auto put = [&](const std::string& item, const char* data, const Value& value,
                       const std::optional<Timestamp>& timestamp = {},
                       const std::optional<std::string_view>& user = {}) {
    store.store("\xe2\x82\xac", data, item, "values", value, timestamp, user, {});
    clock.advance(std::chrono::microseconds(1'000'001));
  };
  put("none", "{}", {});
  put("true", R"({"value":true})", {});
  put("false", R"({"a":1})", false);
  put("least", "{}", std::numeric_limits<std::int64_t>::min());
  put("most", "{}", std::numeric_limits<std::int64_t>::max());
  put("tenth", "{}", 0.1);
  put("minus zero", "{}", -0.0);
  put("nan", "{}", std::numeric_limits<double>::quiet_NaN());
  put("infinite", "{}", -std::numeric_limits<double>::infinity());
  put("text", "{}", std::string("nul \0, \", \n, \xf0\x9f\x98\x80", 18));
  put("offset", "{}", {}, Timestamp("2024-02-29T23:59:59.999999-05:30"), "ann");
  put("fields", R"({"status":"open","status_int":-2147483648,"username":"bob","timestamp":"0001-01-01T00:00:00Z"})",
      {});
  put("columns",
      R"({"i8":-128,"u64":18446744073709551615,"f32":0.5,"f64":-1e300,"flag":true,"text":"x","day":"2024-02-29",)"
      R"("at":"2024-02-29T12:00:00+02:00","Two Words":9007199254740993})",
      {});
  put("nested", R"({"l":[1,[],{"d":"2024-02-29"}],"o":{"big":18446744073709551615,"r":1e-7},"e":"\u0001\u00e9\/"})",
      {});
  for (int i = 0; i < 3; ++i) put("often", "{}", std::int64_t{i});
}

void write_sample(const fs::path& base_dir) {
  support::SimulatedDisk unused(0);
  support::SimulatedClock clock(Timestamp("2025-12-24T08:00:00.000001Z").utc());
  support::SteppedBackground steps;
  write_first_segment(base_dir, clock, steps);
  const CollectionConfig config = sample_config(base_dir);
  engine::EngineParts parts = engine::make_system_parts(Date(kDate), config);
  auto environment = support::make_simulated_environment(unused, clock, steps);
  parts.environment.clock = std::move(environment.clock);
  parts.environment.background = std::move(environment.background);
  engine::Engine store(Date(kDate), config, std::move(parts));
  store_all_kinds(store, clock);
  store.close();
}

fs::path frozen() { return fs::path(CFP_SOURCE_DIR) / "tests/compat/format_1"; }

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Each column of each row but none is left out, in the order of the sequences; as text, so that NaN is NaN.
std::vector<std::string> rows_of(QueryConnection& table, const std::string& name) {
  std::vector<std::string> rows;
  for (const Row& row : table.execute("SELECT (t)::VARCHAR FROM " + name + " AS t ORDER BY cfp_seq").fetchall()) {
    rows.push_back(std::get<std::string>(row[0]));
  }
  return rows;
}

class Format : public ::testing::Test {
 protected:
  Format() {
    write_sample(today());
    fs::copy(frozen(), copy(), fs::copy_options::recursive);
    fs::remove(copy() / "README.md");
  }
  [[nodiscard]] fs::path today() const { return directory_.path() / "today"; }
  [[nodiscard]] fs::path copy() const { return directory_.path() / "copy"; }
  void expect_same_store() const {
    CollectionFastPersist made("2026-01-01", sample_config(today())), kept("2026-01-01", sample_config(copy()));
    const auto history = rows_of(kept.history_conn(), "storage_history");
    EXPECT_EQ(history, rows_of(made.history_conn(), "storage_history"));
    EXPECT_EQ(history.size(), 25U);
    const auto latest = rows_of(kept.latest_conn(), "storage_latest");
    EXPECT_EQ(latest, rows_of(made.latest_conn(), "storage_latest"));
    EXPECT_EQ(latest.size(), 18U);
    for (const char* key : {"k", "\xe2\x82\xac"}) {
      const auto expected = made.get_key(key).value(), read = kept.get_key(key).value();
      ASSERT_EQ(read.size(), expected.size());
      for (std::size_t c = 0; c < read.size(); ++c) {
        ASSERT_EQ(read[c].items.size(), expected[c].items.size());
        for (std::size_t i = 0; i < read[c].items.size(); ++i) expect_same(read[c].items[i], expected[c].items[i]);
      }
    }
    expect_what_was_stored(kept);
    EXPECT_EQ(kept.store("k", "{}", "again", "c"), 26U);
    EXPECT_EQ(kept.get_item("k", "c", "again")->version(), 4U) << "counting goes on over the delete";
  }

 private:
  static void expect_same(const Record& read, const Record& expected) {
    EXPECT_EQ(read.item_name(), expected.item_name());
    EXPECT_EQ(read.data_text(), expected.data_text());
    EXPECT_EQ(read.timestamp(), expected.timestamp());
    EXPECT_EQ(read.version(), expected.version());
    EXPECT_EQ(read.sequence(), expected.sequence());
    EXPECT_EQ(read.updated_at(), expected.updated_at());
    EXPECT_EQ(read.value().index(), expected.value().index());
    if (read.item_name() != "nan") {
      EXPECT_EQ(read.value(), expected.value());
    }
  }
  /// By itself, in case writer and reader have changed together.
  static void expect_what_was_stored(CollectionFastPersist& store) {
    const auto value = [&](const char* item) { return store.get_item("\xe2\x82\xac", "values", item).value().value(); };
    EXPECT_EQ(value("true"), Value(true));
    EXPECT_EQ(value("least"), Value(std::numeric_limits<std::int64_t>::min()));
    EXPECT_EQ(value("text"), Value(std::string("nul \0, \", \n, \xf0\x9f\x98\x80", 18)));
    EXPECT_EQ(value("often"), Value(std::int64_t{2}));
    EXPECT_FALSE(store.get_item("k", "c", "erased"));
    EXPECT_EQ(store.get_item("\xe2\x82\xac", "values", "offset")->timestamp()->to_string(),
              "2024-02-29T23:59:59.999999-05:30");
    const auto row = store.history_conn()
                         .execute(
                             "SELECT cfp_op, cfp_batch, cfp_reason, cfp_request_id, i8, version FROM "
                             "storage_history WHERE item_name = 'reasoned'")
                         .fetchone();
    EXPECT_EQ(*row, (Row{std::string("store"), std::uint64_t{2}, std::string("a \"reason\""), std::string("request-1"),
                         std::int64_t{-7}, std::int64_t{1}}));
  }

  const support::TemporaryDirectory directory_;
};

TEST_F(Format, OfTheLogIsWhatItWasByteForByte) {
  std::size_t segments = 0;
  for (const auto& entry : fs::directory_iterator(frozen() / kDate)) {
    ++segments;
    EXPECT_EQ(bytes_of(today() / kDate / entry.path().filename()), bytes_of(entry.path())) << entry.path();
  }
  EXPECT_EQ(segments, 2U);
}

TEST_F(Format, OpensWithEveryField) { expect_same_store(); }

TEST_F(Format, OpensFromItsTablesAlone) {
  fs::remove_all(copy() / kDate);
  expect_same_store();
}

TEST_F(Format, OpensFromItsLogAlone) {
  fs::remove(copy() / "storage_history.duckdb");
  fs::remove(copy() / "storage_latest.duckdb");
  expect_same_store();
}

TEST_F(Format, OpensFromItsHistoryWithoutLatest) {
  fs::remove(copy() / "storage_latest.duckdb");
  expect_same_store();
}

}  // namespace
}  // namespace cfp
