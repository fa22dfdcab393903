#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "items.h"

namespace cfp::bench {

/// A DuckDB file with the columns of the history table, and the least that can fill it: data chunks in a transaction.
/// Its settings are those of the store: one thread, 512 MiB.
class DuckDbPeer {
 public:
  explicit DuckDbPeer(const std::filesystem::path& file);
  ~DuckDbPeer();
  DuckDbPeer(const DuckDbPeer&) = delete;
  DuckDbPeer& operator=(const DuckDbPeer&) = delete;

  void create_history();
  /// Appends and commits; returns the seconds that took.
  double append_seconds(std::span<const Item> items);
  void run(const std::string& sql);

 private:
  struct Handles;
  void append(std::span<const Item> items, std::span<const std::string> texts);

  std::unique_ptr<Handles> handles_;
  std::uint64_t sequence_ = 0;
};

/// Writes `count` first versions straight into the history table of a closed store without records. Storing them one by
/// one would take a disk some minutes for each million.
void write_history(const std::filesystem::path& history_file, std::uint64_t count);

}  // namespace cfp::bench
