#include "options.h"

#include <stdexcept>

namespace cfp::bench {

const char* const kUsage =
    "cfp_bench [--full|--quick] [--only=NAME] [--items=N] [--log-records=N] [--rounds=N] [--directory=PATH] "
    "[--results=PATH]\n";

Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equal = argument.find('=');
    const std::string name = argument.substr(0, equal);
    const std::string value = equal == std::string::npos ? "" : argument.substr(equal + 1);
    if (name == "--full") {
      options.items = 10'000'000;
      options.log_records = 1'000'000;
    } else if (name == "--quick") {
      options.quick = true;
      options.rounds = 3;
    } else if (name == "--only") {
      options.only = value;
    } else if (name == "--items") {
      options.items = std::stoull(value);
    } else if (name == "--log-records") {
      options.log_records = std::stoull(value);
    } else if (name == "--rounds") {
      options.rounds = std::stoi(value);
    } else if (name == "--directory") {
      options.directory = value;
    } else if (name == "--results") {
      options.results = value;
    } else if (name == "--child") {
      options.child = value;
    } else {
      throw std::invalid_argument("unknown argument " + argument);
    }
  }
  return options;
}

}  // namespace cfp::bench
