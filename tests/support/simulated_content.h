#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/crash_mode.h"
#include "support/seeded_choice.h"

namespace cfp::support {

/// The bytes of one file: as every process sees them, as the medium has them, and the changes in between.
class SimulatedContent {
 public:
  [[nodiscard]] const std::string& seen() const noexcept { return seen_; }
  void write(std::uint64_t offset, std::string_view bytes);
  void resize(std::uint64_t size);
  /// The changes reach the medium, except those that a failed sync gave up.
  void sync();
  /// As kernels do it: some of the changes reach the medium, and the rest is taken for clean. It is seen until the
  /// power goes, and no later sync saves it.
  void fail_sync(SeededChoice& choice);
  void crash(CrashMode mode, SeededChoice& choice);
  /// Both sides are exactly `bytes`.
  void replace(std::string bytes);

 private:
  struct Change {
    enum class Kind { write, resize };
    Kind kind;
    std::uint64_t offset;  ///< Or the new size.
    std::string bytes;
    bool given_up = false;
  };
  static void apply(std::string& image, std::uint64_t offset, std::string_view bytes);
  static void apply(std::string& image, const Change& change);
  static void apply_torn(std::string& image, const Change& change, SeededChoice& choice);
  [[nodiscard]] std::string image_after_power_loss(SeededChoice& choice) const;

  std::string seen_;
  std::string medium_;
  std::vector<Change> unsynced_;
};

}  // namespace cfp::support
