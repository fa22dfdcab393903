#include "table.h"

#include <algorithm>
#include <numeric>

#include "printable.h"

namespace cfp::cli {
namespace {

constexpr std::size_t kRowsThatDecide = 1000;
constexpr std::size_t kLeastWidth = 6;
constexpr std::string_view kGap = "  ";

}  // namespace

void Table::add(std::vector<std::string> cells) {
  if (!widths_.empty()) {
    write(cells, Style::plain);
    return;
  }
  rows_.push_back(std::move(cells));
  if (rows_.size() == kRowsThatDecide) finish();
}

void Table::finish() {
  if (!widths_.empty()) return;
  fit();
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  write(titles, Style::bold);
  for (const auto& row : rows_) write(row, Style::plain);
  rows_.clear();
}

void Table::fit() {
  widths_.assign(columns_.size(), 0);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths_[i] = std::max<std::size_t>(columns_of(columns_[i].title), 1);
    for (const auto& row : rows_) widths_[i] = std::max(widths_[i], columns_of(row[i]));
  }
  const std::size_t gaps = kGap.size() * (widths_.size() - 1);
  std::size_t wanted = std::accumulate(widths_.begin(), widths_.end(), gaps);
  // The widest gives way first, until the row fits or nothing can.
  while (wanted > console_.width()) {
    const auto widest = std::ranges::max_element(widths_);
    if (*widest <= kLeastWidth) return;
    std::size_t next = kLeastWidth;
    for (const std::size_t width : widths_) {
      if (width < *widest) next = std::max(next, width);
    }
    const std::size_t cut = std::min(wanted - console_.width(), std::max<std::size_t>(*widest - next, 1));
    *widest -= cut;
    wanted -= cut;
  }
}

void Table::write(const std::vector<std::string>& cells, Style style) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    // Without a terminal a later, longer cell is not cut.
    const std::string cell = console_.output_is_terminal() ? fitted(cells[i], widths_[i]) : cells[i];
    const std::size_t used = columns_of(cell), missing = widths_[i] > used ? widths_[i] - used : 0;
    if (i != 0) line += kGap;
    if (columns_[i].align == Align::right) line.append(missing, ' ');
    line += console_.paint(style, cell);
    if (columns_[i].align == Align::left && i + 1 < cells.size()) line.append(missing, ' ');
  }
  console_.line(line);
}

void Fields::write(Console& console) const {
  std::size_t width = 0;
  for (const auto& [name, value] : fields_) width = std::max(width, columns_of(name));
  for (const auto& [name, value] : fields_) {
    console.line(console.paint(Style::bold, name) + std::string(width - columns_of(name), ' ') + "  " + value);
  }
}

}  // namespace cfp::cli
