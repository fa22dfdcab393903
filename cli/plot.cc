#include "plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "item_output.h"

namespace cfp::cli {
namespace {

constexpr std::size_t kLabel = 12;

std::string label(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%11.6g ", value);
  return text.data();
}

std::string moment(double at_us) {
  const auto micros = std::chrono::microseconds(static_cast<std::int64_t>(at_us));
  return time_text(Timestamp(Timestamp::Micros(micros)));
}

/// The least and the greatest value in each column; a column without a point has what the one before it ended with.
struct Band {
  double low, high;
};

std::vector<Band> bands_of(const std::vector<PlotPoint>& points, std::size_t columns) {
  const double begin = points.front().at_us, length = std::max(points.back().at_us - begin, 1.0);
  std::vector<Band> bands;
  std::size_t next = 0;
  double value = points.front().value;
  for (std::size_t column = 0; column < columns; ++column) {
    const double end = begin + length * static_cast<double>(column + 1) / static_cast<double>(columns);
    Band band{value, value};
    for (; next < points.size() && (points[next].at_us < end || column + 1 == columns); ++next) {
      value = points[next].value;
      band = {std::min(band.low, value), std::max(band.high, value)};
    }
    bands.push_back(band);
  }
  return bands;
}

}  // namespace

std::vector<std::string> plot(const std::vector<PlotPoint>& all, std::size_t width, std::size_t height) {
  std::vector<PlotPoint> points;
  std::ranges::copy_if(all, std::back_inserter(points), [](const PlotPoint& p) { return std::isfinite(p.value); });
  if (points.empty()) return {"(no finite number)"};
  const std::size_t columns = std::max<std::size_t>(width > kLabel + 10 ? width - kLabel - 2 : 8, 8);
  const auto [least, most] = std::ranges::minmax(points, {}, &PlotPoint::value);
  const double low = least.value, span = most.value - low;
  const auto row_of = [&](double value) {
    const double share = span > 0 ? (value - low) / span : 0.5;
    return height - 1 - static_cast<std::size_t>(std::lround(share * static_cast<double>(height - 1)));
  };
  const std::vector<Band> bands = bands_of(points, columns);
  std::vector<std::string> lines;
  for (std::size_t row = 0; row < height; ++row) {
    const bool labelled = row == 0 || row + 1 == height || row == height / 2;
    const double share = static_cast<double>(height - 1 - row) / static_cast<double>(height - 1);
    std::string line = labelled ? label(low + span * share) : std::string(kLabel, ' ');
    line += "│";
    for (const Band& band : bands) {
      line += row >= row_of(band.high) && row <= row_of(band.low) ? (row_of(band.high) == row_of(band.low) ? "─" : "█")
                                                                  : " ";
    }
    lines.push_back(line);
  }
  std::string axis = std::string(kLabel, ' ') + "└";
  for (std::size_t i = 0; i < columns; ++i) axis += "─";
  lines.push_back(axis);
  const std::string from = moment(points.front().at_us), to = moment(points.back().at_us);
  std::string times = std::string(kLabel + 1, ' ') + from;
  const std::size_t used = from.size() + to.size();
  times += columns > used + 1 ? std::string(columns - used, ' ') + to : "  " + to;
  lines.push_back(times);
  return lines;
}

}  // namespace cfp::cli
