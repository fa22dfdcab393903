#pragma once

#include <filesystem>

#include "cfp/transfer.h"

namespace cfp::engine {

class OpenStore;

/// As CollectionFastPersist's calls of these names.
ExportResult export_records(OpenStore& store, const std::filesystem::path& path, const ExportOptions& options);
ImportResult import_records(OpenStore& store, const std::filesystem::path& path, const ImportOptions& options);

/// As the path ends, where no format is given. Throws invalid_argument.
FileFormat format_of(const std::filesystem::path& path, const std::optional<FileFormat>& format);

}  // namespace cfp::engine
