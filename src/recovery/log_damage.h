#pragma once

#include <cstdint>
#include <string>

#include "cfp/error.h"

namespace cfp::recovery {

/// Acknowledged records that can neither be read nor be found in the history table.
struct LogDamage {
  std::string directory, file;
  std::uint64_t offset = 0;
  std::uint64_t first_missing = 0, last_missing = 0;
  bool is_gap = false;  ///< What is missing should stand before the file: its header says so.
};

/// What stops an open of a damaged log (`corrupt`); nothing was changed.
class LogDamageError : public CollectionFastPersistError {
 public:
  explicit LogDamageError(LogDamage damage);
  [[nodiscard]] const LogDamage& damage() const noexcept { return damage_; }

 private:
  LogDamage damage_;
};

}  // namespace cfp::recovery
