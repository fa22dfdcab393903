#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "arguments.h"
#include "console.h"

namespace cfp::cli {

/// Something that is not as it should be, in plain words.
struct Finding {
  enum class Kind { damage, notice };
  Kind kind = Kind::damage;
  std::string place;  ///< A file, and where in it.
  std::string what;
  std::string lost{};  ///< Records that are gone for good; empty for none.
  std::string safe{};
  std::string next{};  ///< A command, as a shell takes it; empty where nothing is to be done.
};

/// The look at a whole store. `deep` reads every row of tables and backups.
struct Verdict {
  bool opens = false;
  std::vector<Finding> findings;
};
Verdict examine(const Arguments& arguments, Console& console, bool deep);

}  // namespace cfp::cli
