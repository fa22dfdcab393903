#include "os/environment.h"

#include "os/system_clock.h"
#include "os/thread_background.h"

namespace cfp::os {

Environment make_system_environment() {
  return {make_system_clock(), make_thread_background(),
          [](const std::filesystem::path& path) { return open_base_directory(path); }};
}

}  // namespace cfp::os
