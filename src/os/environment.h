#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "os/background.h"
#include "os/clock.h"
#include "os/file_system.h"

namespace cfp::os {

/// The world as the engine sees it. All parts live as long as the environment.
struct Environment {
  std::unique_ptr<Clock> clock;
  std::unique_ptr<Background> background;
  std::function<std::unique_ptr<Directory>(const std::filesystem::path&)> open_base_directory;
};

/// The real one.
Environment make_system_environment();

}  // namespace cfp::os
