#pragma once

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cfp::house {

/// A text file of the project: its path from the root ("src/wal/line.h") and its lines.
struct SourceFile {
  std::string path;
  std::vector<std::string> lines;

  [[nodiscard]] bool in(std::string_view directory) const { return path.starts_with(std::string(directory) + "/"); }
  [[nodiscard]] bool is_test() const { return path.ends_with("_test.cc"); }
  [[nodiscard]] bool is_header() const { return path.ends_with(".h"); }
  [[nodiscard]] bool is_cpp() const { return is_header() || path.ends_with(".cc"); }
  /// "path:line" of the line with this index.
  [[nodiscard]] std::string place(std::size_t index) const { return path + ":" + std::to_string(index + 1); }
};

/// An include line: what it names, and whether in quotes.
struct Include {
  std::string name;
  bool quoted;
  std::size_t line;  // index
};

inline bool is_ours(const std::filesystem::path& directory) {
  const std::string name = directory.filename().string();
  return name == ".ci" || (!name.starts_with(".") && !name.starts_with("build") && name != "third_party");
}

inline bool is_text(const std::filesystem::path& file) {
  static constexpr std::string_view kExtensions[] = {".cc", ".h", ".txt", ".cmake", ".md", ".sh", ".json", ".py", ""};
  return std::ranges::find(kExtensions, file.extension().string()) != std::end(kExtensions);
}

/// Every text file of the checkout, without what was built or fetched, in the order of their paths.
inline std::vector<SourceFile> read_tree(const std::filesystem::path& root) {
  std::vector<SourceFile> files;
  for (std::filesystem::recursive_directory_iterator at(root), end; at != end; ++at) {
    if (at->is_directory() && !is_ours(at->path())) at.disable_recursion_pending();
    if (!at->is_regular_file() || !is_text(at->path())) continue;
    std::ifstream stream(at->path());
    SourceFile file{at->path().lexically_relative(root).generic_string(), {}};
    for (std::string line; std::getline(stream, line);) file.lines.push_back(std::move(line));
    files.push_back(std::move(file));
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  if (files.empty()) throw std::runtime_error("no sources below " + root.string());
  return files;
}

/// The project's own files; read once.
inline const std::vector<SourceFile>& source_tree() {
  static const std::vector<SourceFile> files = read_tree(CFP_SOURCE_DIR);
  return files;
}

inline std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> includes;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    std::string_view line = file.lines[i];
    if (!line.starts_with("#include ")) continue;
    line.remove_prefix(9);
    const std::size_t close = line.find_first_of(">\"", 1);
    if (close != std::string_view::npos)
      includes.push_back({std::string(line.substr(1, close - 1)), line[0] == '"', i});
  }
  return includes;
}

/// Whether `line` has `word` with no letter, digit or underscore around it.
inline bool has_word(std::string_view line, std::string_view word) {
  const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (std::size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_name(line[at - 1])) && (end == line.size() || !is_name(line[end]) || !is_name(word.back()))) {
      return true;
    }
  }
  return false;
}

}  // namespace cfp::house
