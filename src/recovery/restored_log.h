#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "model/record.h"
#include "os/file_system.h"
#include "wal/segment_rewriter.h"

namespace cfp::recovery {

/// Writes records with the sequences they have as the log of a new store: segments of about the given size, each synced
/// before the next. Failure: throws std::system_error.
class RestoredLog {
 public:
  struct Options {
    std::string store_id;
    std::uint64_t max_segment_bytes;
    std::uint64_t after;  ///< The last sequence that the new store has without its log.
  };
  RestoredLog(os::Directory& directory, Options options);

  /// In order; a batch at a time.
  void add(std::span<const model::Record> records);
  /// No `add` may follow.
  void finish();

 private:
  void write_segment();

  os::Directory& directory_;
  const Options options_;
  std::optional<wal::SegmentText> segment_;
  std::string line_;
  std::uint64_t last_;
  std::uint64_t number_ = 0;
  std::uint32_t crc_ = 0;
};

}  // namespace cfp::recovery
