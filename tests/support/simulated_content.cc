#include "support/simulated_content.h"

#include <algorithm>
#include <utility>

namespace cfp::support {
namespace {

constexpr std::uint64_t kBlockBytes = 512;

}  // namespace

void SimulatedContent::apply(std::string& image, std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  if (image.size() < offset + bytes.size()) image.resize(offset + bytes.size(), '\0');
  image.replace(offset, bytes.size(), bytes);
}

void SimulatedContent::apply(std::string& image, const Change& change) {
  if (change.kind == Change::Kind::write) {
    apply(image, change.offset, change.bytes);
  } else {
    image.resize(change.offset, '\0');
  }
}

void SimulatedContent::write(std::uint64_t offset, std::string_view bytes) {
  apply(seen_, offset, bytes);
  unsynced_.push_back({Change::Kind::write, offset, std::string(bytes)});
}

void SimulatedContent::resize(std::uint64_t size) {
  seen_.resize(size, '\0');
  unsynced_.push_back({Change::Kind::resize, size, {}});
}

void SimulatedContent::sync() {
  for (const Change& change : unsynced_) {
    if (!change.given_up) apply(medium_, change);
  }
  std::erase_if(unsynced_, [](const Change& change) { return !change.given_up; });
}

void SimulatedContent::fail_sync(SeededChoice& choice) {
  // All, nothing, or some.
  const std::uint64_t extent = choice.below(3);
  std::vector<Change> given_up;
  for (Change& change : unsynced_) {
    const bool reaches_medium = !change.given_up && (extent == 0 || (extent == 2 && choice.coin()));
    if (reaches_medium) {
      apply(medium_, change);
    } else {
      change.given_up = true;
      given_up.push_back(std::move(change));
    }
  }
  unsynced_ = std::move(given_up);
}

/// Each block of the write by itself is there or not.
void SimulatedContent::apply_torn(std::string& image, const Change& change, SeededChoice& choice) {
  std::string_view rest = change.bytes;
  std::uint64_t offset = change.offset;
  while (!rest.empty()) {
    const std::uint64_t in_block = std::min<std::uint64_t>(kBlockBytes - offset % kBlockBytes, rest.size());
    if (choice.coin()) apply(image, offset, rest.substr(0, in_block));
    rest.remove_prefix(in_block);
    offset += in_block;
  }
}

std::string SimulatedContent::image_after_power_loss(SeededChoice& choice) const {
  std::string image = medium_;
  std::vector<std::uint64_t> sizes = {medium_.size()};
  for (const Change& change : unsynced_) {
    if (change.given_up) continue;
    const bool is_write = change.kind == Change::Kind::write;
    sizes.push_back(is_write ? std::max(sizes.back(), change.offset + change.bytes.size()) : change.offset);
    const std::uint64_t fate = choice.below(3);
    if (fate == 0) continue;
    if (fate == 1 || !is_write) {
      apply(image, change);
    } else {
      apply_torn(image, change, choice);
    }
  }
  // The size is metadata of its own: it can be any that the file had since the last sync.
  if (sizes.size() > 1 && choice.coin()) image.resize(sizes[choice.below(sizes.size())], '\0');
  return image;
}

void SimulatedContent::crash(CrashMode mode, SeededChoice& choice) {
  if (mode == CrashMode::keep_all) return;
  if (mode == CrashMode::random) medium_ = image_after_power_loss(choice);
  unsynced_.clear();
  seen_ = medium_;
}

void SimulatedContent::replace(std::string bytes) {
  unsynced_.clear();
  medium_ = bytes;
  seen_ = std::move(bytes);
}

}  // namespace cfp::support
