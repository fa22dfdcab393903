// docs/durability.md names tests that are there.

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "house/source_tree.h"

namespace cfp::house {
namespace {

/// "Suite.Name" of every test.
std::vector<std::string> names_of_tests() {
  static const std::regex pattern(R"(^TEST(_F|_P)?\((\w+), (\w+)\))");
  std::vector<std::string> names;
  for (const SourceFile& file : source_tree()) {
    if (!file.is_test()) continue;
    for (const std::string& line : file.lines) {
      std::smatch found;
      if (std::regex_search(line, found, pattern)) names.push_back(found[2].str() + "." + found[3].str());
    }
  }
  return names;
}

/// The promises without a test, and the tests that are nowhere.
std::vector<std::string> faults_of(const std::vector<std::string>& page, const std::vector<std::string>& tests) {
  static const std::regex promise(R"(^\*\*(P\d+) )"), named(R"(`([A-Z]\w*)(\.\w*)?(\*)?`)");
  std::vector<std::string> faults;
  std::set<std::string> untested;
  std::string current;
  for (const std::string& line : page) {
    if (line.starts_with("## ")) current.clear();
    std::smatch begun;
    if (std::regex_search(line, begun, promise)) untested.insert(current = begun[1]);
    for (std::sregex_iterator at(line.begin(), line.end(), named), end; !current.empty() && at != end; ++at) {
      const std::string begin = (*at)[1].str() + (*at)[2].str();
      const bool is_whole = !(*at)[3].matched;
      const bool is_there = std::ranges::any_of(
          tests, [&](const std::string& test) { return is_whole ? test == begin : test.starts_with(begin); });
      if (is_there) {
        untested.erase(current);
      } else if (!is_whole || (*at)[2].matched) {  // else it is a name of something else
        faults.push_back((*at)[0]);
      }
    }
  }
  faults.insert(faults.end(), untested.begin(), untested.end());
  return faults;
}

TEST(House, EveryPromiseNamesTestsThatAreThere) {
  const auto page = std::ranges::find(source_tree(), "docs/durability.md", &SourceFile::path);
  ASSERT_NE(page, source_tree().end());
  EXPECT_EQ(faults_of(page->lines, names_of_tests()), std::vector<std::string>());
}

TEST(House, APromiseWithoutATestIsSeen) {
  const std::vector<std::string> page = {"**P1 Kept.** `Gone.*` and `ENOSPC`", "`Here.AndNow`",
                                         "**P2 Broken.** `Here.Never`"};
  EXPECT_EQ(faults_of(page, {"Here.AndNow"}), (std::vector<std::string>{"`Gone.*`", "`Here.Never`", "P2"}));
}

}  // namespace
}  // namespace cfp::house
