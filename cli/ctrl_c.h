#pragma once

#include <chrono>

namespace cfp::cli {

/// From now on Ctrl-C (and SIGTERM) is heard by asking, instead of ending the process. A second one ends it: a kill
/// takes nothing back that was acknowledged.
void listen_for_ctrl_c();
[[nodiscard]] bool ctrl_c_was_pressed() noexcept;
/// Sleeps, at most so long; returns at once when Ctrl-C comes. Returns whether to go on.
bool pause_unless_ctrl_c(std::chrono::milliseconds duration);

}  // namespace cfp::cli
