#include "ctrl_c.h"

#include <poll.h>
#include <signal.h>

#include <csignal>

namespace cfp::cli {
namespace {

volatile std::sig_atomic_t pressed = 0;

void note(int) { pressed = 1; }

}  // namespace

void listen_for_ctrl_c() {
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // no SA_RESTART: a sleep ends
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool ctrl_c_was_pressed() noexcept { return pressed != 0; }

bool pause_unless_ctrl_c(std::chrono::milliseconds duration) {
  if (!ctrl_c_was_pressed()) ::poll(nullptr, 0, static_cast<int>(duration.count()));
  return !ctrl_c_was_pressed();
}

}  // namespace cfp::cli
