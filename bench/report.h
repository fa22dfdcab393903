#pragma once

#include <filesystem>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "samples.h"

namespace cfp::bench {

enum class Goal { at_least, at_most, none };

/// One line of the table. `judged` is what the goal is about: ratios to a peer, or plain figures.
struct Row {
  std::string what;
  std::string unit;  ///< Of ours and peer.
  double ours = 0;
  double peer = 0;  ///< 0: no peer.
  double judged = 0, lowest = 0, highest = 0;
  Goal goal = Goal::none;
  double bound = 0;

  [[nodiscard]] bool met() const {
    return goal == Goal::none || (goal == Goal::at_least ? judged >= bound : judged <= bound);
  }
};

/// The ratio of the medians, and the spread of the ratios of single rounds.
Row ratio_row(const std::string& what, const std::string& unit, const Match& match, Goal goal, double bound);
/// The given quantile of one figure, in the unit of the goal; the spread is min..max.
Row figure_row(const std::string& what, const std::string& unit, const std::vector<double>& samples, Goal goal,
               double bound, double share = 0.5);

/// A place on a line of a plot: the median of the samples, and what nine of ten lie between.
struct Point {
  std::string plot, line;
  double x = 0;
  double y = 0, lowest = 0, highest = 0;
};
Point point(const std::string& plot, const std::string& line, double x, const std::vector<double>& samples);

/// Collects the rows and the points; says each row on the way.
class Report {
 public:
  explicit Report(std::ostream& progress) : progress_(progress) {}
  void say(const std::string& text) const;
  void add(Row row);
  void add(Point point) { points_.push_back(std::move(point)); }
  void print(std::ostream& out) const;
  /// `head`: names and values to put in front.
  void write_json(const std::filesystem::path& file,
                  const std::vector<std::pair<std::string, std::string>>& head) const;

 private:
  std::ostream& progress_;
  std::vector<Row> rows_;
  std::vector<Point> points_;
};

}  // namespace cfp::bench
