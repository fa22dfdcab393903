#pragma once

// The changes of a repair happen as one: what is new is written beside the store in `repair.tmp`, with a list of the
// renames to come; when all of it is on disk, the directory is renamed to `repair.new`; and then the renames are done.
// Each of them can be done again, so that whoever finds `repair.new` (a repair, an open) finishes what was begun.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "os/file_system.h"

namespace cfp::recovery {

inline constexpr const char* kHalfMadeRepair = "repair.tmp";
inline constexpr const char* kWholeRepair = "repair.new";
/// The directory of a plan's entries that means the base directory.
inline constexpr const char* kBaseItself = ".";

struct RepairPlan {
  /// A new segment. Its name is free.
  struct File {
    std::string directory, name, bytes;
  };
  struct Aside {
    std::string directory, name, to;
  };
  std::vector<File> files;
  std::vector<Aside> asides;  ///< `to` is free.
  /// A file of the base directory that was made in `repair.tmp` and takes the place of one that is set aside; empty:
  /// none.
  std::string replacement;

  [[nodiscard]] bool empty() const noexcept { return files.empty() && asides.empty() && replacement.empty(); }
};

/// An empty `repair.tmp`.
std::unique_ptr<os::Directory> begin_repair(os::Directory& base);
/// Carries the plan out. Throws std::system_error: then nothing has changed, or the next open finishes it.
void commit_repair(os::Directory& base, os::Directory& half_made, const RepairPlan& plan);
/// Whether a repair was committed and not finished.
bool is_repair_under_way(os::Directory& base);
/// Finishes it, if there is one.
void finish_repair(os::Directory& base);

}  // namespace cfp::recovery
