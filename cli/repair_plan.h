#pragma once

#include "cfp/repair.h"
#include "console.h"

namespace cfp::cli {

/// "2025-12-24/wal_000002.jsonl, from byte 512".
std::string place_of(const RepairStep& step);
/// "records 12 to 14 (3, of which 2 were acknowledged for certain)".
std::string missing_text(const MissingSequences& missing);
/// The steps and what the store will lack, for people.
void show_plan(const RepairReport& plan, Console& console);
/// The same as objects.
void show_plan_objects(const RepairReport& plan, Console& console);

}  // namespace cfp::cli
