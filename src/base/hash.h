#pragma once

#include <cstdint>
#include <string_view>

namespace cfp::base {

/// A stable 64-bit hash of a name: FNV-1a, then the finaliser of MurmurHash3. It is part of the file format (the
/// columns cfp_key_hash, cfp_collection_hash and cfp_item_hash), so it can never change.
constexpr std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 14695981039346656037ULL) noexcept {
  std::uint64_t h = seed;
  for (const char c : bytes) {
    h ^= static_cast<unsigned char>(c);
    h *= 1099511628211ULL;
  }
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccdULL;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53ULL;
  h ^= h >> 33;
  return h;
}

}  // namespace cfp::base
