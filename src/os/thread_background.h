#pragma once

#include <memory>

#include "os/background.h"

namespace cfp::os {

/// Each task on a thread of its own, named after the task, with the signals of the application blocked.
std::unique_ptr<Background> make_thread_background();

}  // namespace cfp::os
