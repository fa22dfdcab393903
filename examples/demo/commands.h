#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

// What the program can do, one file each. All throw std::exception when something is not as it should be.

namespace demo {

struct StoreOptions {
  /// Where to tell how many records are acknowledged (see Progress); -1 for nowhere.
  int report_descriptor = -1;
  /// How many records an earlier run that was killed is known to have been told of: fewer found is a failure.
  std::optional<std::uint64_t> acknowledged;
};

/// Stores every field of `index` that the store in `store` does not hold yet.
void store(const std::filesystem::path& index, const std::filesystem::path& store, const StoreOptions& options);

/// Reads every field of `index` back and compares. With `once`, also requires that each was stored exactly once.
void verify(const std::filesystem::path& index, const std::filesystem::path& store, bool once);

/// Prints the files of the store and their sizes.
void tree(const std::filesystem::path& store);

/// Stores, is killed half-way, stores the rest, verifies: each in a process of its own.
void run(const std::filesystem::path& index, const std::filesystem::path& store);

}  // namespace demo
