#pragma once

#include <memory>

#include "os/clock.h"

namespace cfp::os {

/// The clocks of the system.
std::unique_ptr<Clock> make_system_clock();

}  // namespace cfp::os
