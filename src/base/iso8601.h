#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/text_buffer.h"
#include "cfp/timestamp.h"

namespace cfp::base {

/// Reads exactly the forms that `Timestamp` documents, valid in the calendar; nullopt for all else: digits alone, week
/// dates, a fraction finer than microseconds, a second of 60, an hour of 24, an offset of 24 hours or more, a moment
/// whose UTC is outside the years 1 to 9999.
std::optional<Timestamp> parse_timestamp(std::string_view text) noexcept;
/// Exactly `YYYY-MM-DD`, valid in the calendar, years 1 to 9999.
std::optional<std::chrono::year_month_day> parse_date(std::string_view text) noexcept;

/// As Python's isoformat(): "2025-01-15T10:30:00+00:00", with ".ffffff" only where the fraction is not zero.
void append_timestamp(TextBuffer& out, const Timestamp& timestamp);
void append_timestamp(std::string& out, const Timestamp& timestamp);

}  // namespace cfp::base
