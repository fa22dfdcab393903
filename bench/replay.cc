// A process stores and ends without a flush or a close; the next one opens what it left. Both are processes of their
// own, so that nothing is tidied up.

#include <unistd.h>

#include <array>
#include <cstdio>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "measurements.h"
#include "stores.h"

namespace cfp::bench {
namespace {

/// Runs this program with the same directory; returns what it prints.
double run_child(const std::string& work, const std::filesystem::path& directory, std::uint64_t records) {
  const std::string command = "'" + std::filesystem::read_symlink("/proc/self/exe").string() + "' --child=" + work +
                              " '--directory=" + directory.string() + "' --log-records=" + std::to_string(records);
  const std::unique_ptr<FILE, int (*)(FILE*)> out(::popen(command.c_str(), "r"), ::pclose);
  std::array<char, 64> text{};
  if (!out || std::fgets(text.data(), text.size(), out.get()) == nullptr) throw std::runtime_error(command + " failed");
  return std::stod(text.data());
}

[[noreturn]] void end_at_once(double result) {
  std::cout << result << std::endl;
  ::_exit(0);
}

}  // namespace

int run_replay_child(const Options& options) {
  const auto base_dir = options.directory / "store";
  CollectionConfig config = quiet_config(base_dir);
  if (options.child == "fill") {
    const auto store = open_store(config);
    constexpr std::uint64_t kStep = 50'000;
    const double seconds = seconds_of([&] {
      for (std::uint64_t first = 0; first < options.log_records; first += kStep) {
        fill(*store, make_items(std::min(kStep, options.log_records - first), first));
      }
    });
    end_at_once(seconds);
  }
  if (options.child == "open_default") {
    config = CollectionConfig();
    config.base_dir = base_dir;
  }
  std::unique_ptr<CollectionFastPersist> store;
  const double seconds = seconds_of([&] { store = open_store(config); });
  const Item last = make_item(options.log_records - 1);
  if (!store->get_item(last.key, last.collection_name, last.item_name)) throw std::logic_error("a record is lost");
  end_at_once(seconds);
}

void measure_replay(const Options& options, Report& report) {
  const ScratchDirectory scratch(options.directory / "replay");
  const auto records = static_cast<double>(options.log_records);
  report.say("  storing " + std::to_string(options.log_records) + " records, then a crash");
  run_child("fill", scratch.path(), options.log_records);
  std::vector<double> samples;
  for (int i = 0; i < options.rounds; ++i) {
    samples.push_back(records / run_child("open", scratch.path(), options.log_records));
  }
  report.add(figure_row("open after a crash, records of the log", "records/s", samples, Goal::at_least, 300'000));
  report.add(figure_row("the same, as bounded in memory as by default", "records/s",
                        {records / run_child("open_default", scratch.path(), options.log_records)}, Goal::none, 0));
}

}  // namespace cfp::bench
