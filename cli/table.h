#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "console.h"

namespace cfp::cli {

/// Aligned columns for people. The first thousand rows decide how wide they are; on a terminal the last columns give
/// way, so that a row stays one line. Cells are printable text.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };

  Table(Console& console, std::vector<Column> columns) : console_(console), columns_(std::move(columns)) {}

  void add(std::vector<std::string> cells);
  /// Writes what was not written yet.
  void finish();

 private:
  void fit();
  void write(const std::vector<std::string>& cells, Style style);

  Console& console_;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;  // empty until they are decided
};

/// Names and values below each other, the values aligned. Both are printable text.
class Fields {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void write(Console& console) const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace cfp::cli
