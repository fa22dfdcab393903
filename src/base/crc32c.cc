#include "base/crc32c.h"

#include <nmmintrin.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "base/crc32c_kernels.h"

namespace cfp::base {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78U;  // Castagnoli's, bits reversed
constexpr std::size_t kStride = 8;

using Tables = std::array<std::array<std::uint32_t, 256>, kStride>;

// Table k advances a byte over k zero bytes, so that eight bytes are one step of eight independent look-ups.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? kPolynomial : 0U);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < kStride; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t crc = tables[k - 1][byte];
      tables[k][byte] = (crc >> 8) ^ tables[0][crc & 0xffU];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

std::uint64_t load64(const char* p) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof word);
  return word;
}

}  // namespace

std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t crc) noexcept {
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  crc = ~crc;
  for (; left >= kStride; p += kStride, left -= kStride) {
    const std::uint64_t word = load64(p) ^ crc;
    crc = 0;
    for (std::size_t k = 0; k < kStride; ++k) crc ^= kTables[kStride - 1 - k][(word >> (8 * k)) & 0xffU];
  }
  for (; left > 0; ++p, --left) crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(*p)) & 0xffU];
  return ~crc;
}

bool has_crc32c_instruction() noexcept { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(std::string_view bytes,
                                                                      std::uint32_t crc) noexcept {
  const char* p = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t state = ~crc;
  for (; left >= kStride; p += kStride, left -= kStride) state = _mm_crc32_u64(state, load64(p));
  auto last = static_cast<std::uint32_t>(state);
  for (; left > 0; ++p, --left) last = _mm_crc32_u8(last, static_cast<unsigned char>(*p));
  return ~last;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t crc) noexcept {
  return has_crc32c_instruction() ? crc32c_by_instruction(bytes, crc) : crc32c_by_table(bytes, crc);
}

}  // namespace cfp::base
