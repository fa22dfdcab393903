#pragma once

#include <cfp/collection_fast_persist.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "items.h"

namespace cfp::bench {

/// A directory that is empty at the beginning and gone at the end.
class ScratchDirectory {
 public:
  explicit ScratchDirectory(std::filesystem::path path);
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

/// Options with which nothing moves to the tables but by call.
CollectionConfig quiet_config(const std::filesystem::path& base_dir);

std::unique_ptr<CollectionFastPersist> open_store(const CollectionConfig& config);

/// Calls `work(0)` to `work(count - 1)` from that many threads; returns the seconds from a common start to the last
/// end. What `work` throws is thrown here.
double run_threads(int threads, std::uint64_t count, const std::function<void(std::uint64_t)>& work);

/// Calls `work(0)`, `work(1)`, ... from that many threads for so long; returns calls a second.
double calls_per_second(int threads, double seconds, const std::function<void(std::uint64_t)>& work);

/// Stores the items by many threads, to be done soon.
void fill(CollectionFastPersist& store, const std::vector<Item>& items);

}  // namespace cfp::bench
