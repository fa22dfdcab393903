#include "tables/duckdb/quick_looks.h"

#include <system_error>
#include <utility>

#include "cfp/error.h"
#include "tables/duckdb/memory_instance.h"

namespace cfp::tables::duckdb {
namespace {

// Reading more takes longer than an instance of its own, which may have all threads, and spill.
constexpr std::uintmax_t kMostBytesToRead = 16 * 1024 * 1024;

}  // namespace

class QuickLooks::Look {
 public:
  Look(const std::filesystem::path& directory, std::uint64_t memory_limit_bytes)
      : instance_({memory_limit_bytes, {}, {directory.string()}}), connection_(instance_.connect()) {}

  Meta examine(TableKind kind, const std::filesystem::path& file, Extent extent) {
    connection_.run("ATTACH " + sql_text(file.string()) + " AS looked_at (READ_ONLY)");
    connection_.run("USE looked_at");
    Meta meta = examine_tables(connection_, kind, file.filename().string(), extent);
    connection_.run("USE memory");
    connection_.run("DETACH looked_at");
    return meta;
  }

 private:
  MemoryInstance instance_;
  Connection connection_;
};

QuickLooks::QuickLooks(std::filesystem::path directory, std::uint64_t memory_limit_bytes)
    : directory_(std::move(directory)), memory_limit_bytes_(memory_limit_bytes) {}

QuickLooks::~QuickLooks() = default;

std::optional<Meta> QuickLooks::examine(TableKind kind, const std::filesystem::path& file, Extent extent) {
  std::error_code cause;
  const std::uintmax_t bytes = std::filesystem::file_size(file, cause);
  if (cause || (extent != Extent::meta && bytes > kMostBytesToRead)) return std::nullopt;
  std::unique_ptr<Look> look;
  {
    const std::lock_guard lock(mutex_);
    look = std::move(kept_);
  }
  try {
    if (!look) look = std::make_unique<Look>(directory_, memory_limit_bytes_);
    check_regular(file);
    Meta meta = look->examine(kind, file, extent);
    const std::lock_guard lock(mutex_);
    kept_ = std::move(look);
    return meta;
  } catch (const SqlError&) {
    return std::nullopt;  // an instance in which something failed may be of no use any more
  } catch (const CollectionFastPersistError&) {
    return std::nullopt;
  }
}

}  // namespace cfp::tables::duckdb
