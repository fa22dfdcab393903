#pragma once

#include "tables/tables.h"

namespace cfp::recovery {

/// Applies history's rows above latest's watermark to latest.
void catch_up(tables::HistoryTable& history, tables::LatestTable& latest);

}  // namespace cfp::recovery
