#pragma once

#include <memory>

#include "os/file_system.h"

namespace cfp::os {

/// The same directory, through which nothing can be made, changed or removed: that throws EROFS, whatever the disk
/// itself would allow.
std::unique_ptr<Directory> make_read_only(std::unique_ptr<Directory> directory);

}  // namespace cfp::os
