// Directories that the Python reference implementation left open as stores of ours, and nothing in them is lost.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/json.h"
#include "cfp/collection_fast_persist.h"
#include "support/temporary_directory.h"

namespace cfp {
namespace {

/// An acknowledged call of `store`, as expected.json has it.
struct Call {
  std::string key, collection, item, data;
  Value value;
  std::optional<Timestamp> timestamp;
  std::optional<std::string> username;
};

struct Expected {
  std::string date;
  std::vector<ExtraColumn> columns;
  std::vector<Call> calls;
};

using Fields = std::map<std::string, json::Field>;

Fields fields_of(std::string_view text) {
  Fields fields;
  for (const json::Field& field : json::Fields(text)) fields[std::string(field.name)] = field;
  return fields;
}

std::optional<std::string> text_of(const json::Field& field) {
  return field.kind == json::Kind::null ? std::nullopt : std::optional(json::unquote(field.raw));
}

Value value_of(const json::Field& field) {
  switch (field.kind) {
    case json::Kind::null:
      return {};
    case json::Kind::boolean:
      return field.raw == "true";
    case json::Kind::string:
      return json::unquote(field.raw);
    default:
      break;
  }
  if (const auto integer = json::to_int64(field.raw)) return *integer;
  return json::to_double(field.raw).value();
}

/// The texts of the elements of an array: as an object with made-up names it can be split.
std::vector<std::string> elements_of(std::string_view array) {
  std::vector<std::string> elements;
  std::string_view rest = array.substr(1, array.size() - 2);
  while (rest.find('{') != std::string_view::npos) {
    rest.remove_prefix(rest.find('{'));
    int depth = 0;
    std::size_t end = 0;
    bool in_string = false;
    do {
      const char c = rest[end++];
      if (c == '"' && rest[end - 2] != '\\') in_string = !in_string;
      if (!in_string && (c == '{' || c == '[')) ++depth;
      if (!in_string && (c == '}' || c == ']')) --depth;
    } while (depth > 0);
    elements.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  return elements;
}

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

Expected expected_of(const std::filesystem::path& directory) {
  const std::string text = read_file(directory / "expected.json");
  const Fields fields = fields_of(text);
  Expected expected;
  expected.date = *text_of(fields.at("date"));
  if (fields.contains("extra_schema")) {
    for (const json::Field& column : json::Fields(fields.at("extra_schema").raw))
      expected.columns.emplace_back(column.name, *text_of(column));
  }
  for (const std::string& element : elements_of(fields.at("acknowledged").raw)) {
    const Fields call = fields_of(element);
    Call made{*text_of(call.at("key")),         *text_of(call.at("collection_name")), *text_of(call.at("item_name")),
              std::string(call.at("data").raw), value_of(call.at("value")),           {},
              text_of(call.at("username"))};
    if (const auto timestamp = text_of(call.at("timestamp"))) made.timestamp = Timestamp(*timestamp);
    expected.calls.push_back(std::move(made));
  }
  return expected;
}

/// A copy of a fixture, and what it must hold.
class Fixture {
 public:
  explicit Fixture(const std::string& name) {
    const auto source = std::filesystem::path(CFP_SOURCE_DIR) / "tests/compat/reference" / name;
    expected = expected_of(source);
    std::filesystem::copy(source, base(), std::filesystem::copy_options::recursive);
    std::filesystem::remove(base() / "expected.json");
  }
  [[nodiscard]] std::filesystem::path base() const { return temporary_.path() / "store"; }
  [[nodiscard]] CollectionFastPersist open(const std::string& date) const {
    CollectionConfig config;
    config.base_dir = base();
    config.extra_schema = expected.columns;
    return CollectionFastPersist(Date(date), config);
  }
  Expected expected;

 private:
  support::TemporaryDirectory temporary_;
};

std::int64_t number(CollectionFastPersist& store, const std::string& sql) {
  return std::get<std::int64_t>(store.history_conn().execute("SELECT (" + sql + ")::BIGINT").fetchone()->at(0));
}

/// Moments are equal whatever their text was; all else must be the same JSON.
void expect_same_field(const std::string& where, const json::Field& expected, const Data& actual) {
  const std::string name(expected.name);
  const auto got = actual.get_json(name);
  ASSERT_TRUE(got) << where << name << " is missing in " << actual.text();
  const Data as_data = Data().set_json(name, expected.raw);
  if (const auto moment = as_data.get_timestamp(name)) {
    EXPECT_EQ(actual.get_timestamp(name)->utc(), moment->utc()) << where << name;
  } else if (expected.kind == json::Kind::object) {
    for (const json::Field& field : json::Fields(expected.raw))
      expect_same_field(where + name + ".", field, Data(*got));
  } else if (expected.kind == json::Kind::string) {
    EXPECT_EQ(json::unquote(*got), json::unquote(expected.raw)) << where << name;
  } else if (expected.kind != json::Kind::array) {
    EXPECT_EQ(as_data.get_json(name), got) << where << name;
  }
}

void expect_same(const Call& call, const Record& record) {
  const std::string where = call.key + "/" + call.collection + "/" + call.item + ": ";
  EXPECT_EQ(record.value().index(), call.value.index()) << where;
  EXPECT_EQ(record.value(), call.value) << where;
  for (const json::Field& field : json::Fields(call.data)) expect_same_field(where, field, record.data());
  if (call.timestamp) {
    EXPECT_EQ(record.timestamp()->utc(), call.timestamp->utc()) << where;
  }
  EXPECT_TRUE(record.timestamp()) << where;
  if (call.username) {
    EXPECT_EQ(record.username(), call.username) << where;
  }
}

/// The store shows the last call of each item, with as many versions as there were calls, in the order of the first.
void expect_all(CollectionFastPersist& store, const Expected& expected) {
  std::map<std::tuple<std::string, std::string, std::string>, std::pair<const Call*, std::uint32_t>> items;
  std::map<std::string, std::map<std::string, std::vector<std::string>>> order;
  for (const Call& call : expected.calls) {
    auto& [last, versions] = items[{call.key, call.collection, call.item}];
    if (versions++ == 0) order[call.key][call.collection].push_back(call.item);
    last = &call;
  }
  for (const auto& [names, item] : items) {
    const auto record = store.get_item(std::get<0>(names), std::get<1>(names), std::get<2>(names));
    ASSERT_TRUE(record) << std::get<2>(names);
    EXPECT_EQ(record->version(), item.second) << std::get<2>(names);
    expect_same(*item.first, *record);
  }
  for (const auto& [key, collections] : order) {
    EXPECT_EQ(store.get_key(key)->size(), collections.size());
    for (const auto& [name, expected_items] : collections) {
      std::vector<std::string> shown;
      const auto items_shown = store.get_key(key, name);
      ASSERT_TRUE(items_shown);
      for (const Record& record : *items_shown) shown.push_back(std::string(record.item_name()));
      EXPECT_EQ(shown, expected_items);
    }
  }
  const auto calls = static_cast<std::int64_t>(expected.calls.size());
  EXPECT_EQ(number(store, "SELECT count(*) FROM storage_history"), calls);
  EXPECT_EQ(number(store, "SELECT max(cfp_seq) FROM storage_history"), calls);
  EXPECT_EQ(number(store,
                   "SELECT count(*) FROM (SELECT key, collection_name, item_name FROM storage_history GROUP BY ALL "
                   "HAVING count(*) <> max(version) OR count(DISTINCT version) <> max(version))"),
            0);
  const auto latest = store.latest_conn().execute("SELECT count(*) FROM storage_latest").fetchone();
  EXPECT_EQ(latest->at(0), Cell(static_cast<std::int64_t>(items.size())));
}

class ReferenceStore : public testing::TestWithParam<const char*> {};

TEST_P(ReferenceStore, OpensWithEverythingThatWasAcknowledgedAndAgainUnchanged) {
  const Fixture fixture(GetParam());
  for (int open = 0; open < 3; ++open) {
    CollectionFastPersist store = fixture.open(fixture.expected.date);
    expect_all(store, fixture.expected);
    if (open < 2) store.close();
  }
}

TEST_P(ReferenceStore, OpensWithALaterDateAndGoesOnCounting) {
  const Fixture fixture(GetParam());
  Expected expected = fixture.expected;
  const Call again = expected.calls.front();
  {
    CollectionFastPersist store = fixture.open("2026-03-01");
    expect_all(store, expected);
    EXPECT_EQ(store.store(again.key, again.data, again.item, again.collection, again.value), expected.calls.size() + 1);
    expected.calls.push_back(again);
    expected.calls.back().timestamp.reset();
    expect_all(store, expected);
    store.close();
  }
  CollectionFastPersist store = fixture.open("2026-03-02");
  expect_all(store, expected);
}

TEST_P(ReferenceStore, KeepsTheFilesThatItWasMadeOfAsTheyWere) {
  const Fixture fixture(GetParam());
  fixture.open("2026-03-01").close();
  const auto source = std::filesystem::path(CFP_SOURCE_DIR) / "tests/compat/reference" / GetParam();
  int compared = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source)) {
    const auto name = std::filesystem::relative(entry.path(), source);
    if (!entry.is_regular_file() || name == "expected.json") continue;
    ++compared;
    EXPECT_EQ(read_file(fixture.base() / "before_import_2026-03-01" / name), read_file(entry.path())) << name;
  }
  EXPECT_GE(compared, 4);
}

INSTANTIATE_TEST_SUITE_P(EveryFixture, ReferenceStore,
                         testing::Values("clean_close", "crash_after_flush", "crash_extra_schema"),
                         [](const auto& fixture) { return std::string(fixture.param); });

TEST(ReferenceStoreOfACrash, ShowsWhatItsStaleLatestDidNot) {
  const Fixture fixture("crash_after_flush");
  CollectionFastPersist store = fixture.open("2025-12-26");
  EXPECT_EQ(store.get_item("user_profile", "personal_info", "age")->value(), Value(34.5));
  EXPECT_EQ(store.get_item("classroom_seating", "room_a", "seat_2")->data().get_string("student_id"), "STU2002");
}

TEST(ReferenceStoreOfACrash, FillsItsExtraColumns) {
  const Fixture fixture("crash_extra_schema");
  CollectionFastPersist store = fixture.open("2025-12-26");
  const std::string columns = "SELECT priority, score, category, due, done, seen_at FROM ";
  const auto rows = store.history_conn().execute(columns + "storage_history ORDER BY cfp_seq").fetchall();
  const std::monostate none;
  const Row first = {std::int64_t{1}, 95.5, std::string("urgent"), none, true, none};
  const Row second = {std::int64_t{5}, none, none, none, none, none};
  const Row third = {std::int64_t{2}, 1.25, std::string("done"), none, false, none};
  EXPECT_EQ(rows, (std::vector<Row>{first, second, third}));
  const auto latest = store.latest_conn().execute(columns + "storage_latest WHERE item_name = 'item_a'").fetchone();
  EXPECT_EQ(latest, third);
}

}  // namespace
}  // namespace cfp
