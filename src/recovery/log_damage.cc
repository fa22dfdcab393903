#include "recovery/log_damage.h"

#include <utility>

namespace cfp::recovery {

LogDamageError::LogDamageError(LogDamage damage)
    : CollectionFastPersistError(
          ErrorCode::corrupt,
          "The log is damaged in " + damage.directory + "/" + damage.file + " at byte " +
              std::to_string(damage.offset) + ": the acknowledged records " + std::to_string(damage.first_missing) +
              " to " + std::to_string(damage.last_missing) +
              " cannot be read there, and the history table does not have them. Nothing was changed. Put an undamaged "
              "copy of that file back and open again; without one, call repair(base_dir), which says what it would do: "
              "it sets the damage aside as .corrupt and keeps everything else."),
      damage_(std::move(damage)) {}

}  // namespace cfp::recovery
