#pragma once

#include <cstdint>
#include <string>

#include "cfp/timestamp.h"

namespace cfp::cli {

/// "12 s", "3 min", "5 h", "2 days".
std::string duration_text(double seconds);
/// How long ago.
std::string age_of(const Timestamp& moment);
/// "1.5 MiB".
std::string bytes_text(std::uint64_t bytes);
/// "1,234,567".
std::string count_text(std::uint64_t count);
/// "123 us", "1.5 ms", "2.3 s".
std::string latency_text(double seconds);
/// "2 files", "1 file".
std::string plural(std::uint64_t count, const std::string& noun);

}  // namespace cfp::cli
