#pragma once

#include <emmintrin.h>

namespace cfp::json {

/// A bit for each of 16 bytes that cannot stand for itself inside a JSON string: quotes, backslashes, controls.
inline unsigned escape_mask(__m128i chunk) noexcept {
  const __m128i last_control = _mm_set1_epi8(0x1f);
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(chunk, last_control), chunk);
  const __m128i quote = _mm_cmpeq_epi8(chunk, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(chunk, _mm_set1_epi8('\\'));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash))));
}

}  // namespace cfp::json
