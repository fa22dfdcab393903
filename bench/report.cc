#include "report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace cfp::bench {
namespace {

std::string number(double value) {
  char text[32];
  const double size = std::abs(value);
  std::snprintf(text, sizeof text, size >= 1000 ? "%.0f" : size >= 10 ? "%.1f" : size >= 0.1 ? "%.2f" : "%.4f", value);
  return text;
}

std::string goal_text(const Row& row) {
  if (row.goal == Goal::none) return "-";
  return (row.goal == Goal::at_least ? ">= " : "<= ") + number(row.bound);
}

std::string line_of(const Row& row) {
  char text[256];
  const std::string judged = number(row.judged) + " (" + number(row.lowest) + ".." + number(row.highest) + ")";
  std::snprintf(text, sizeof text, "%-58s %10s %10s %-10s %-24s %-10s %s", row.what.c_str(), number(row.ours).c_str(),
                row.peer == 0 ? "-" : number(row.peer).c_str(), row.unit.c_str(), judged.c_str(),
                goal_text(row).c_str(),
                row.goal == Goal::none ? ""
                : row.met()            ? "met"
                                       : "NOT MET");
  return text;
}

}  // namespace

Row ratio_row(const std::string& what, const std::string& unit, const Match& match, Goal goal, double bound) {
  Row row{what, unit, median(match.ours), median(match.peer), 0, 0, 0, goal, bound};
  if (row.peer == 0) throw std::logic_error(what + ": the peer did nothing");
  row.judged = row.ours / row.peer;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < match.ours.size(); ++i) ratios.push_back(match.ours[i] / match.peer[i]);
  row.lowest = *std::min_element(ratios.begin(), ratios.end());
  row.highest = *std::max_element(ratios.begin(), ratios.end());
  return row;
}

Row figure_row(const std::string& what, const std::string& unit, const std::vector<double>& samples, Goal goal,
               double bound, double share) {
  const double value = quantile(samples, share);
  const auto [lowest, highest] = std::minmax_element(samples.begin(), samples.end());
  return {what, unit, value, 0, value, *lowest, *highest, goal, bound};
}

Point point(const std::string& plot, const std::string& line, double x, const std::vector<double>& samples) {
  return {plot, line, x, median(samples), quantile(samples, 0.05), quantile(samples, 0.95)};
}

void Report::say(const std::string& text) const { progress_ << text << std::endl; }

void Report::add(Row row) {
  say("  " + line_of(row));
  rows_.push_back(std::move(row));
}

void Report::print(std::ostream& out) const {
  char head[256];
  std::snprintf(head, sizeof head, "%-58s %10s %10s %-10s %-24s %-10s", "what", "ours", "peer", "unit",
                "ratio or figure (spread)", "goal");
  out << head << '\n';
  for (const Row& row : rows_) out << line_of(row) << '\n';
}

void Report::write_json(const std::filesystem::path& file,
                        const std::vector<std::pair<std::string, std::string>>& head) const {
  std::ofstream out(file);
  out << '{';
  for (const auto& [name, value] : head) out << '"' << name << "\":\"" << value << "\",\n";
  out << "\"rows\":[";
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    out << (i == 0 ? "\n" : ",\n") << R"({"what":")" << row.what << R"(","unit":")" << row.unit << R"(","ours":)"
        << row.ours << ",\"peer\":";
    if (row.peer == 0) {
      out << "null";
    } else {
      out << row.peer;
    }
    out << ",\"judged\":" << row.judged << ",\"lowest\":" << row.lowest << ",\"highest\":" << row.highest
        << R"(,"goal":")" << goal_text(row) << R"(","met":)" << (row.met() ? "true" : "false") << '}';
  }
  out << "\n],\"points\":[";
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const Point& at = points_[i];
    out << (i == 0 ? "\n" : ",\n") << R"({"plot":")" << at.plot << R"(","line":")" << at.line << R"(","x":)" << at.x
        << ",\"y\":" << at.y << ",\"lowest\":" << at.lowest << ",\"highest\":" << at.highest << '}';
  }
  out << "\n]}\n";
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace cfp::bench
