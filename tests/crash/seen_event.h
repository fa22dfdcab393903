#pragma once

#include <string>

#include "cfp/watch.h"

namespace cfp::crash {

/// "SEQUENCE KEY/ITEM VERSION VALUE\n", VALUE "none" of a delete; "FIRST gap LAST\n".
inline std::string seen_event(const WatchEvent& event) {
  if (const auto* const gap = std::get_if<SequenceGap>(&event)) {
    return std::to_string(gap->first) + " gap " + std::to_string(gap->last) + "\n";
  }
  const auto& change = std::get<Change>(event);
  const Record& record = change.version.record;
  const Value held = record.value();
  const auto* const value = std::get_if<std::int64_t>(&held);
  return std::to_string(record.sequence()) + " " + change.key + "/" + std::string(record.item_name()) + " " +
         std::to_string(record.version()) + " " +
         (change.version.deleted || value == nullptr ? "none" : std::to_string(*value)) + "\n";
}

}  // namespace cfp::crash
