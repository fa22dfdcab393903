#include "recovery/catch_up.h"

#include <vector>

#include "base/failpoint.h"
#include "tables/net_changes.h"

namespace cfp::recovery {
namespace {

constexpr std::size_t kRowsPerStep = 50'000;

}  // namespace

void catch_up(tables::HistoryTable& history, tables::LatestTable& latest) {
  std::vector<tables::HistoryRecord> rows;
  const auto apply = [&] {
    if (rows.empty()) return;
    std::vector<tables::VersionedRecord> records;
    records.reserve(rows.size());
    for (const auto& row : rows) records.push_back({&row.record, row.version, row.previous_sequence});
    CFP_FAILPOINT("recovery.before_catch_up");
    latest.apply(tables::net_changes(records), rows.back().record.sequence());
    rows.clear();
  };
  history.read(latest.meta().watermark, history.meta().watermark, [&](tables::HistoryRecord&& row) {
    rows.push_back(std::move(row));
    if (rows.size() >= kRowsPerStep) apply();
  });
  apply();
}

}  // namespace cfp::recovery
