#include "tables/duckdb/spare_instance.h"

#include <utility>

#include "tables/duckdb/memory_instance.h"

namespace cfp::tables::duckdb {

struct SpareInstance::Opened {
  explicit Opened(const MemoryInstanceOptions& options) : instance(options), connection(instance.connect()) {}

  MemoryInstance instance;
  Connection connection;
};

SpareInstance::SpareInstance(std::filesystem::path directory, std::uint64_t memory_limit_bytes)
    : directory_(std::move(directory)), memory_limit_bytes_(memory_limit_bytes) {}

SpareInstance::~SpareInstance() = default;

bool SpareInstance::reaches(const std::filesystem::path& file) const {
  return file.native().starts_with(directory_.native() + '/');
}

void SpareInstance::use(const std::function<void(const Connection&)>& work) {
  std::unique_ptr<Opened> opened;
  {
    const std::lock_guard lock(mutex_);
    opened = std::move(kept_);
  }
  if (!opened) {
    opened = std::make_unique<Opened>(MemoryInstanceOptions{memory_limit_bytes_, {}, {directory_.string()}});
  }
  work(opened->connection);
  const std::lock_guard lock(mutex_);
  kept_ = std::move(opened);
}

}  // namespace cfp::tables::duckdb
