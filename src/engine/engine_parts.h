#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cfp/config.h"
#include "cfp/timestamp.h"
#include "engine/config_check.h"
#include "os/environment.h"
#include "os/store_lock.h"
#include "tables/table_store.h"

namespace cfp::engine {

/// What an engine stands on; a test puts its own parts here.
struct EngineParts {
  os::Environment environment;
  std::unique_ptr<tables::TableStore> tables;
  std::shared_ptr<os::StoreLock> lock;  ///< May be null in tests.
  std::unique_ptr<os::Directory> base;
  std::function<std::string()> make_store_id;
  std::uint64_t least_cache_bytes = kLeastCacheBytes;  ///< Less in tests, where a few items reach the bound then.
};

/// Opens the real directory, takes the lock and gives the parts. Throws as CollectionFastPersist's constructor.
EngineParts make_system_parts(const Date& date, const CollectionConfig& config);

}  // namespace cfp::engine
