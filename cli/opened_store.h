#pragma once

#include <filesystem>
#include <memory>

#include "arguments.h"
#include "cfp/collection_fast_persist.h"
#include "console.h"

namespace cfp::cli {

/// Throws NotFound unless a store, or what is left of one, is there.
void require_store(const std::filesystem::path& base_dir);

/// For commands that only look: nothing is written, and others may look at the same time.
std::unique_ptr<CollectionFastPersist> open_to_read(const Arguments& arguments, Console& console);

enum class Missing { refuse, make };
/// For commands that change something. They make no backup at their close, which would take as long as the store is
/// large: the log keeps what they did, and the next backup has it. Call `close`, which says what failed.
std::unique_ptr<CollectionFastPersist> open_to_write(const Arguments& arguments, Console& console,
                                                     Missing missing = Missing::refuse);

}  // namespace cfp::cli
