#pragma once

#include <string_view>

#include "cfp/batch.h"

namespace cfp::engine {

/// The change that a row asks for: the text of a JSON object whose fields are the columns that
/// CollectionFastPersist::import_records names. Throws InvalidRecordError, saying which column and why.
Batch::Change imported_change(std::string_view row);

}  // namespace cfp::engine
