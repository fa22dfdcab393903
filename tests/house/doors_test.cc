// Which room may see which: the picture in docs/architecture.md, as a test.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "house/source_tree.h"

namespace cfp::house {
namespace {

// A name that ends in a slash allows a whole room; any other a single header. Every room sees cfp/ and itself.
struct Door {
  std::string_view room;
  std::vector<std::string_view> allowed;
};

const std::vector<Door>& doors() {
  static const std::vector<Door> all = {
      {"base", {}},
      {"os", {"base/"}},
      {"model", {"base/"}},
      {"wal", {"os/", "model/", "base/"}},
      {"cache", {"model/", "base/"}},
      {"tables", {"model/", "base/"}},
      {"flush",
       {"tables/tables.h", "tables/rows.h", "tables/net_changes.h", "model/", "base/", "os/clock.h",
        "os/background.h"}},
      {"backup", {"tables/tables.h", "tables/table_store.h", "os/", "model/", "base/"}},
      {"recovery",
       {"wal/", "cache/", "backup/", "tables/tables.h", "tables/table_store.h", "tables/net_changes.h", "model/",
        "base/", "os/"}},
      {"history",
       {"cache/cache.h", "flush/open_tables.h", "flush/unflushed_set.h", "flush/version_place.h", "tables/tables.h",
        "tables/item_past.h", "tables/name_list.h", "model/", "base/"}},
      {"engine", {"base/", "os/", "model/", "wal/", "cache/", "tables/", "flush/", "history/", "backup/", "recovery/"}},
  };
  return all;
}

// What a test may see besides: a disk to work on and the tests' own tools.
const std::vector<std::string_view>& doors_for_tests() {
  static const std::vector<std::string_view> all = {"support/", "os/"};
  return all;
}

bool allows(const std::vector<std::string_view>& allowed, std::string_view name) {
  return std::ranges::any_of(
      allowed, [name](std::string_view door) { return door.ends_with("/") ? name.starts_with(door) : name == door; });
}

// Whether a file of `room` may include `name`.
bool may_include(const Door& door, bool is_test, std::string_view name) {
  return name.starts_with("cfp/") || name.starts_with(std::string(door.room) + "/") || allows(door.allowed, name) ||
         (is_test && allows(doors_for_tests(), name));
}

bool names_a_room(std::string_view name) {
  return std::ranges::any_of(doors(), [name](const Door& d) { return name.starts_with(std::string(d.room) + "/"); });
}

TEST(House, EveryRoomHasADoor) {
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(CFP_SOURCE_DIR) / "src")) {
    const std::string room = entry.path().filename().string();
    EXPECT_TRUE(entry.is_directory()) << "src/" << room << " belongs in a room";
    EXPECT_NE(std::ranges::find(doors(), room, &Door::room), doors().end()) << "src/" << room << " has no door here";
  }
}

TEST(House, RoomsIncludeOnlyWhatTheirDoorsAllow) {
  int checked = 0;
  for (const SourceFile& file : source_tree()) {
    for (const Door& door : doors()) {
      if (!file.in("src/" + std::string(door.room))) continue;
      for (const Include& include : includes_of(file)) {
        if (!include.quoted && !names_a_room(include.name)) continue;  // <...> is the world outside
        ++checked;
        EXPECT_TRUE(may_include(door, file.is_test(), include.name))
            << file.place(include.line) << ": " << door.room << " must not include " << include.name;
      }
    }
  }
  EXPECT_GT(checked, 0);
}

TEST(House, ADoorThatIsShutIsSeen) {
  const auto door = [](std::string_view room) { return *std::ranges::find(doors(), room, &Door::room); };
  EXPECT_FALSE(may_include(door("wal"), false, "cache/cache.h"));
  EXPECT_FALSE(may_include(door("flush"), false, "tables/duckdb/instance.h"));
  EXPECT_FALSE(may_include(door("base"), false, "os/clock.h"));
  EXPECT_TRUE(may_include(door("flush"), false, "tables/tables.h"));
  EXPECT_TRUE(may_include(door("base"), false, "cfp/error.h"));
}

TEST(House, TheFrontDoorNeedsOnlyItselfAndStd) {
  for (const SourceFile& file : source_tree()) {
    if (!file.in("include/cfp")) continue;
    for (const Include& include : includes_of(file)) {
      // A header of the standard library has neither a dot nor a slash in its name.
      const bool standard = !include.quoted && include.name.find_first_of("./") == std::string::npos;
      EXPECT_TRUE(standard || include.name.starts_with("cfp/")) << file.place(include.line) << ": " << include.name;
    }
  }
}

TEST(House, CallersSeeOnlyTheFrontDoor) {
  for (const SourceFile& file : source_tree()) {
    if (!file.in("examples") && !file.in("tools") && !file.in("bench") && !file.in("python")) continue;
    const std::filesystem::path here = (std::filesystem::path(CFP_SOURCE_DIR) / file.path).parent_path();
    for (const Include& include : includes_of(file)) {
      const bool neighbour = include.quoted && std::filesystem::exists(here / include.name);
      const bool front_door = include.name.starts_with("cfp/");
      EXPECT_TRUE(neighbour || front_door || (!include.quoted && !names_a_room(include.name)))
          << file.place(include.line) << ": " << include.name;
    }
  }
}

TEST(House, OnlyTheDuckDbRoomSeesDuckDb) {
  for (const SourceFile& file : source_tree()) {
    // Tests look at the files from outside, and the benchmark measures DuckDB by itself.
    if (file.in("src/tables/duckdb") || file.in("tests") || file.in("bench")) continue;
    for (const Include& include : includes_of(file)) {
      EXPECT_TRUE(include.name.find("duckdb.h") == std::string::npos || file.is_test()) << file.place(include.line);
    }
  }
}

TEST(House, OnlyTheJsonDoorSeesSimdjson) {
  for (const SourceFile& file : source_tree()) {
    if (file.in("src/base") && std::filesystem::path(file.path).filename().string().starts_with("json")) continue;
    if (file.in("bench")) continue;  // measures what others read with it
    for (const Include& include : includes_of(file)) {
      EXPECT_FALSE(include.name.starts_with("simdjson")) << file.place(include.line);
    }
  }
}

TEST(House, OnlyThePythonDoorSeesPython) {
  for (const SourceFile& file : source_tree()) {
    if (file.in("python/native")) continue;
    for (const Include& include : includes_of(file)) {
      EXPECT_FALSE(include.name.starts_with("nanobind") || include.name.starts_with("Python"))
          << file.place(include.line);
    }
  }
}

}  // namespace
}  // namespace cfp::house
