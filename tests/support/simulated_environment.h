#pragma once

#include "os/environment.h"
#include "support/simulated_clock.h"
#include "support/simulated_disk.h"
#include "support/stepped_background.h"

namespace cfp::support {

/// An environment of these three, which must outlive it and everything that was made from it.
os::Environment make_simulated_environment(SimulatedDisk& disk, SimulatedClock& clock, SteppedBackground& background);

}  // namespace cfp::support
