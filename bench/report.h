#pragma once

#include <filesystem>
#include <ostream>
#include <string>
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

/// Collects the rows; says each on the way.
class Report {
 public:
  explicit Report(std::ostream& progress) : progress_(progress) {}
  void say(const std::string& text) const;
  void add(Row row);
  void print(std::ostream& out) const;
  void write_json(const std::filesystem::path& file) const;

 private:
  std::ostream& progress_;
  std::vector<Row> rows_;
};

}  // namespace cfp::bench
