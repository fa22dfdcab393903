#pragma once

// Files of records that other programs read and write: JSON lines, CSV, Parquet.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cfp/transfer.h"
#include "model/schema.h"
#include "tables/rows.h"

namespace cfp::tables {

/// What a file, or a directory of such files, is read or written with.
struct RecordFile {
  std::filesystem::path path;
  FileFormat format;
  /// For what does not fit into memory; somewhere nobody else spills to. Made when it is wanted.
  std::filesystem::path spill_directory;
  std::uint64_t memory_limit_bytes;
};

/// The next rows, in order; none at the end.
using RowSource = std::function<std::vector<HistoryRecord>()>;

/// Throws `invalid_argument` for a name by which nothing is partitioned.
void check_partition(const std::vector<std::string>& partition_by, const model::Schema& schema);
/// Writes what `next` gives to a new file; to a new directory where it is partitioned. Mode 0600, not synced. Throws
/// disk_full, io, and what `next` throws; something may be there then.
void write_record_file(const RecordFile& file, const std::vector<std::string>& partition_by,
                       const model::Schema& schema, const RowSource& next);

/// Takes a row as the text of a JSON object. Of CSV all its values are texts or null.
using RowSink = std::function<void(std::string_view)>;
/// Hands each row to `sink`, in the order of the file; of a directory, of all files in it with the ending of the
/// format, in order of cfp_seq where they have it. Throws invalid_argument (a file that is not of that format, or
/// cannot be opened), and what `sink` throws.
void read_record_file(const RecordFile& file, const RowSink& sink);

}  // namespace cfp::tables
