#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace cfp::cli {

/// A value at a time, in microseconds since 1970.
struct PlotPoint {
  double at_us, value;
};

/// The lines of a drawing, so many columns wide at most, `height` high and two for the times. Between two points a
/// value stays what it is, since that is what the store had. Points are in order of time, and there is one at least;
/// those that are no finite number are left out.
std::vector<std::string> plot(const std::vector<PlotPoint>& points, std::size_t width, std::size_t height);

}  // namespace cfp::cli
