#pragma once

#include <cstdint>
#include <string_view>

namespace cfp::base {

/// CRC-32C (Castagnoli) of `bytes`, continuing from `crc`, the result for the bytes before them.
/// Source: RFC 3720, appendix B.4. Uses the processor's instruction where there is one.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc = 0) noexcept;

}  // namespace cfp::base
