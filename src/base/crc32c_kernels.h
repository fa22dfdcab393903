#pragma once

// The two ways to compute a CRC-32C, apart so that each can be tested against the other.

#include <cstdint>
#include <string_view>

namespace cfp::base {

/// By tables, on any processor.
std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t crc) noexcept;

/// Whether this processor has the instruction of SSE 4.2.
bool has_crc32c_instruction() noexcept;
/// By that instruction; only where `has_crc32c_instruction`.
std::uint32_t crc32c_by_instruction(std::string_view bytes, std::uint32_t crc) noexcept;

}  // namespace cfp::base
