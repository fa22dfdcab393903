#pragma once

#include <filesystem>

namespace cfp::os {

/// Reads a file from the disk into the system's memory, piece by piece, and rests after each for as long as it took: so
/// whoever reads all of it afterwards keeps no other thread's sync waiting. What cannot be read is left to him to find.
void read_gently(const std::filesystem::path& file) noexcept;

}  // namespace cfp::os
