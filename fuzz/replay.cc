// Runs the targets over the kept inputs, without a fuzzer: what one of them found once stays found.
//
//   cfp_fuzz_replay FOLDER [TARGET...]     every file FOLDER/TARGET/*
//   cfp_fuzz_replay --input TARGET FILE    one input, as a fuzzer left it

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "target.h"

namespace {

namespace fs = std::filesystem;

struct Target {
  std::string_view name;
  void (*run)(std::string_view input);
};

constexpr std::array<Target, 6> kTargets = {{{"line", cfp::fuzz::fuzz_line},
                                             {"segment", cfp::fuzz::fuzz_segment},
                                             {"timestamp", cfp::fuzz::fuzz_timestamp},
                                             {"normaliser", cfp::fuzz::fuzz_normaliser},
                                             {"extra_schema", cfp::fuzz::fuzz_extra_schema},
                                             {"base_dir", cfp::fuzz::fuzz_base_dir}}};

const Target& target_of(std::string_view name) {
  const auto* const found =
      std::find_if(kTargets.begin(), kTargets.end(), [&](const Target& t) { return t.name == name; });
  if (found == kTargets.end()) throw std::runtime_error("there is no target " + std::string(name));
  return *found;
}

void replay(const Target& target, const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  const std::string input(std::istreambuf_iterator<char>(in), {});
  // Before, not after: a broken promise ends the process, and the last line says which input it was.
  std::printf("%s\n", file.c_str());
  std::fflush(stdout);
  target.run(input);
}

std::size_t replay_folder(const Target& target, const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  if (files.empty()) throw std::runtime_error("nothing is kept in " + folder.string());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) replay(target, file);
  return files.size();
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3 && arguments[0] == "--input") {
    replay(target_of(arguments[1]), arguments[2]);
    return 0;
  }
  if (arguments.empty()) throw std::runtime_error("usage: cfp_fuzz_replay FOLDER [TARGET...]");
  std::vector<Target> targets;
  for (std::size_t i = 1; i < arguments.size(); ++i) targets.push_back(target_of(arguments[i]));
  if (targets.empty()) targets.assign(kTargets.begin(), kTargets.end());
  std::size_t inputs = 0;
  for (const Target& target : targets) inputs += replay_folder(target, fs::path(arguments[0]) / target.name);
  std::printf("%zu inputs of %zu targets\n", inputs, targets.size());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    static_cast<void>(std::fprintf(stderr, "cfp_fuzz_replay: %s\n", error.what()));
    return 1;
  }
}
