#pragma once

// A disk to think on: it shows a real directory, and every change of it stays in memory. What an open or a repair would
// do can so be tried with the very code that does it, and a directory that must not change can be read by code that
// tidies up.

#include <memory>

#include "os/file_system.h"

namespace cfp::os {

/// `real` must outlive what is returned, and not change meanwhile. Files are read from it when they are read here, and
/// copied into memory when they are first written.
/// Threads: one at a time.
std::unique_ptr<Directory> make_overlay_directory(Directory& real);

}  // namespace cfp::os
