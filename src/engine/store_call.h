#pragma once

#include <optional>
#include <string>

#include "cfp/collection_fast_persist.h"

namespace cfp::engine {

/// One call of `store_async` with all that it was given: the caller's own may be gone when it is stored.
struct StoreCall {
  std::string key;
  Data data;
  std::string item_name;
  std::string collection_name;
  Value value;
  std::optional<Timestamp> timestamp;
  std::optional<std::string> username;
  StoreCallback done;
};

}  // namespace cfp::engine
