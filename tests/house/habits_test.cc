// What the library never does, and what is never left in a file.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "house/cpp_text.h"
#include "house/source_tree.h"

namespace cfp::house {
namespace {

TEST(House, TheLibraryNeitherPrintsNorExits) {
  for (const SourceFile& file : source_tree()) {
    if (!file.in("src") || file.is_test() || !file.is_cpp()) continue;
    std::istringstream code(code_of(file.lines));
    std::size_t index = 0;
    for (std::string line; std::getline(code, line); ++index) {
      for (const std::string_view word : {"cout", "cerr", "clog", "printf(", "fprintf(", "puts(", "fputs(", "abort(",
                                          "exit(", "_exit(", "quick_exit(", "terminate("}) {
        EXPECT_FALSE(has_word(line, word)) << file.place(index) << ": " << word;
      }
    }
  }
}

TEST(House, NothingIsLeftForLater) {
  // Written so that this file does not find itself.
  const std::string words[] = {std::string("TO") + "DO", std::string("FIX") + "ME", std::string("X") + "XX"};
  for (const SourceFile& file : source_tree()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      for (const std::string& word : words) EXPECT_FALSE(has_word(file.lines[i], word)) << file.place(i);
    }
  }
}

TEST(House, ATestThatIsSkippedSaysWhy) {
  const std::string skip = std::string("GTEST_") + "SKIP()";
  for (const SourceFile& file : source_tree()) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::size_t at = file.lines[i].find(skip);
      if (at != std::string::npos) {
        const std::string message = file.lines[i].substr(at) + (i + 1 < file.lines.size() ? file.lines[i + 1] : "");
        EXPECT_NE(message.find("<<"), std::string::npos) << file.place(i);
      }
    }
  }
}

TEST(House, FilesAreNamedByWhatTheyHold) {
  for (const SourceFile& file : source_tree()) {
    if (!file.is_cpp()) continue;
    const std::string name = std::filesystem::path(file.path).stem().string();
    for (const std::string_view word : {"util", "utils", "common", "helper", "helpers", "misc", "manager", "impl"}) {
      // Underscores part the words of a file name.
      std::string spaced = name;
      std::ranges::replace(spaced, '_', ' ');
      EXPECT_FALSE(has_word(spaced, word)) << file.path;
    }
  }
}

TEST(House, WordsAreFoundWholeOnly) {
  EXPECT_TRUE(has_word("  std::exit(1);", "exit("));
  EXPECT_FALSE(has_word("  at_exit(1);", "exit("));
  EXPECT_FALSE(has_word("snprintf(text", "printf("));
  EXPECT_FALSE(has_word("mkstemp_YYYYYY", "YYY"));
}

}  // namespace
}  // namespace cfp::house
