// Measures the store against what it is built on and against its peers: `make bench`, docs/performance.md.

#include <array>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string_view>

#include "measurements.h"
#include "surroundings.h"

namespace {

struct Measurement {
  std::string_view name;
  void (*run)(const cfp::bench::Options&, cfp::bench::Report&);
  bool is_quick = true;  ///< In the run of two minutes.
};

constexpr std::array kMeasurements = {
    Measurement{"durable_store", cfp::bench::measure_durable_store},
    Measurement{"stores_by_threads", cfp::bench::measure_stores_by_threads},
    Measurement{"batches", cfp::bench::measure_batches},
    Measurement{"interval_stores", cfp::bench::measure_interval_stores, false},
    Measurement{"warm_reads", cfp::bench::measure_warm_reads},
    Measurement{"reads_by_peers", cfp::bench::measure_reads_by_peers},
    Measurement{"memory_of_records", cfp::bench::measure_memory_of_records, false},
    Measurement{"flush", cfp::bench::measure_flush},
    Measurement{"flush_over_history", cfp::bench::measure_flush_over_history, false},
    Measurement{"store_beside_flush", cfp::bench::measure_store_beside_flush, false},
    Measurement{"large_store", cfp::bench::measure_large_store, false},
    Measurement{"growth", cfp::bench::measure_growth, false},
    Measurement{"past_reads", cfp::bench::measure_past_reads, false},
    Measurement{"safety_net", cfp::bench::measure_safety_net, false},
    Measurement{"replay", cfp::bench::measure_replay, false},
};

}  // namespace

int main(int argc, char** argv) try {
  const cfp::bench::Options options = cfp::bench::parse_options(argc, argv);
  if (!options.child.empty()) return cfp::bench::run_replay_child(options);
  std::filesystem::create_directories(options.directory);
  cfp::bench::Report report(std::cerr);
  bool failed = false;
  for (const Measurement& measurement : kMeasurements) {
    if (options.only.empty() ? options.quick && !measurement.is_quick : measurement.name != options.only) continue;
    report.say(std::string(measurement.name));
    try {
      measurement.run(options, report);
    } catch (const std::exception& error) {  // what was measured before is not to be lost with it
      report.say("  FAILED: " + std::string(error.what()));
      failed = true;
    }
  }
  report.print(std::cout);
  report.write_json(options.results, cfp::bench::surroundings(argc, argv));
  return failed ? 1 : 0;
} catch (const std::invalid_argument& error) {
  std::cerr << "cfp_bench: " << error.what() << '\n' << cfp::bench::kUsage;
  return 2;
} catch (const std::exception& error) {
  std::cerr << "cfp_bench: " << error.what() << '\n';
  return 1;
}
