#pragma once

namespace cfp::cache {

// A batch takes a lock of each shard that it changes, at once. The thread sanitizer can note 64 locks of a thread.
#if defined(__SANITIZE_THREAD__)
inline constexpr unsigned kShardBits = 5;
#else
inline constexpr unsigned kShardBits = 6;
#endif

}  // namespace cfp::cache
