// docs/operations.md tells an operator of every error and every number there is.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include "cfp/error.h"

namespace cfp::house {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream in(std::filesystem::path(CFP_SOURCE_DIR) / path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(House, OperationsExplainsEveryErrorCode) {
  const std::string page = content_of("docs/operations.md");
  for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
    const std::string name(to_string(static_cast<ErrorCode>(i)));
    EXPECT_NE(page.find("\n| `" + name + "` |"), std::string::npos) << name;
  }
}

TEST(House, OperationsMentionsEveryNumberOfStats) {
  const std::string page = content_of("docs/operations.md"), header = content_of("include/cfp/stats.h");
  const std::regex member(R"(\n  [a-zA-Z_:<> 0-9]+ ([a-z0-9_]+)( = 0)?;)");
  std::size_t count = 0;
  for (std::sregex_iterator it(header.begin(), header.end(), member), end; it != end; ++it, ++count) {
    EXPECT_NE(page.find("`" + (*it)[1].str() + "`"), std::string::npos) << (*it)[1];
  }
  EXPECT_GT(count, 20U);
}

}  // namespace
}  // namespace cfp::house
