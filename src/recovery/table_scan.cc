#include "recovery/table_scan.h"

#include <algorithm>
#include <utility>

namespace cfp::recovery {
namespace {

using std::chrono::milliseconds;

// A table lies in groups of 122,880 rows and is read 2,048 at a time. How much that is depends on the rows, so slices
// grow and shrink: whoever closes the store waits for one.
constexpr std::uint64_t kFirstRows = 8'192;
constexpr std::uint64_t kFewestRows = 2'048;
constexpr std::uint64_t kMostRows = 122'880;
constexpr milliseconds kLongSlice{20};
constexpr milliseconds kShortSlice{5};
constexpr milliseconds kPauseAfterFailure{10'000};

}  // namespace

TableScan::TableScan(std::vector<Table> tables, os::Clock& clock, OnDamage on_damage)
    : tables_(std::move(tables)), clock_(clock), on_damage_(std::move(on_damage)), slice_rows_(kFirstRows) {}

milliseconds TableScan::step() noexcept {
  if (is_done()) return milliseconds::max();
  try {
    const auto begin = clock_.steady_now();
    read_slice();
    const auto took = std::chrono::duration_cast<milliseconds>(clock_.steady_now() - begin);
    if (took >= kLongSlice) slice_rows_ = std::max(kFewestRows, slice_rows_ / 2);
    if (took <= kShortSlice) slice_rows_ = std::min(kMostRows, slice_rows_ * 2);
    return is_done() ? milliseconds::max() : std::max(milliseconds(1), took * 9);
  } catch (...) {
    return kPauseAfterFailure;
  }
}

void TableScan::read_slice() {
  const Table& table = tables_[at_];
  if (next_row_ >= bound_) bound_ = table.row_bound();  // a pass over all row numbers: not for each slice
  if (next_row_ >= bound_) {
    ++at_;
    next_row_ = bound_ = 0;
    return;
  }
  if (table.scan(next_row_, slice_rows_)) {
    next_row_ += slice_rows_;
    return;
  }
  at_ = tables_.size();  // the next open reads everything before it goes on
  on_damage_(table.file);
}

}  // namespace cfp::recovery
