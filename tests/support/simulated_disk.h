#pragma once

// A disk in memory behind os::Directory and os::File that loses, tears and refuses as a seed decides. What a write did
// and what a sync made durable are kept apart; a crash computes what a real disk may be left with.
//
//   SimulatedDisk disk(seed);
//   disk.crash_at(17, CrashMode::random);      // the 17th call that changes or syncs something throws PowerCut
//   ... run the engine on disk.open_base_directory("/store") until disk.is_off(), then discard it ...
//   disk.reboot();                             // open again on what is left

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "os/file_system.h"
#include "support/simulated_content.h"
#include "support/simulated_names.h"

namespace cfp::support {

/// The calls that are counted: all that change or sync something.
enum class Call {
  write,
  sync,
  truncate,
  allocate,
  create,
  rename,
  move,
  remove,
  make_directory,
  remove_directory,
  sync_directory,
  pass,
};

/// Those that fail on a full disk (ENOSPC, EDQUOT), for `fail_at`.
inline std::vector<Call> calls_that_take_space() {
  return {Call::write, Call::allocate, Call::create, Call::make_directory};
}

enum class Repeat { once, from_then_on };

/// Thrown by the call at which the power goes. No std::exception, so that no handler takes it for an error of the disk.
struct PowerCut {};

/// Threads: one. Must outlive its directories and files.
class SimulatedDisk {
 public:
  explicit SimulatedDisk(std::uint64_t seed) : choice_(seed) {}

  /// Every path is a directory of its own that is there and survives.
  std::unique_ptr<os::Directory> open_base_directory(const std::filesystem::path& path);

  /// Crash now, with the power back at once. Whoever uses a directory or file from before gets std::logic_error.
  void crash(CrashMode mode);
  /// The `call`-th call (of `calls()`, so the next one is calls() + 1) throws PowerCut, done wholly, partly or not;
  /// every use after it, reading too, fails with EIO until `reboot`. A destructor or a catch (...) may swallow the
  /// PowerCut: ask `is_off`.
  void crash_at(std::uint64_t call, CrashMode mode);
  [[nodiscard]] bool is_off() const noexcept { return is_off_; }
  /// Switches on, also when the power was never cut: a `crash_at` that was not reached is forgotten.
  void reboot();

  /// The first call from the `call`-th on, or all of them, fail with `error`; with `only`, of these kinds. A failing
  /// write may have written a part, a failing sync may have synced a part and gives up the rest.
  void fail_at(std::uint64_t call, int error, Repeat repeat, std::vector<Call> only = {});
  void clear_faults() { faults_.clear(); }

  [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }
  /// Counts as a call that does nothing: for steps beside the disk at which the power may go as well.
  void pass(std::string_view what);
  void record_trace() { is_tracing_ = true; }
  [[nodiscard]] const std::vector<std::string>& trace() const noexcept { return trace_; }

  /// Where the times of changes come from; without it they are all 1970.
  void set_time(std::function<std::chrono::sys_time<std::chrono::microseconds>()> time) { time_ = std::move(time); }
  /// The content of a file; nullopt when there is none.
  [[nodiscard]] std::optional<std::string> content(const std::filesystem::path& file) const;
  /// Damages: the existing file has this content, on the medium too.
  void set_content(const std::filesystem::path& file, std::string bytes);

 private:
  friend class SimulatedFile;
  friend class SimulatedDirectory;

  struct Fault {
    std::uint64_t call;
    int error;
    Repeat repeat;
    std::vector<Call> only;
  };
  struct Cut {
    std::uint64_t call;
    CrashMode mode;
  };
  /// What a call does, and what it may do when it fails.
  struct Effect {
    std::function<void()> whole;
    std::function<void()> part = {};
  };

  /// One counted call.
  void perform(Call call, const std::string& what, const Effect& effect);
  void check_usable(std::uint64_t start) const;
  [[nodiscard]] std::optional<int> take_fault(Call call);
  void cut_power(Call call, const Effect& effect);
  [[nodiscard]] std::optional<NodeId> find(const std::filesystem::path& path) const;

  SeededChoice choice_;
  SimulatedNames names_;
  std::map<NodeId, SimulatedContent> contents_;
  std::map<NodeId, std::chrono::sys_time<std::chrono::microseconds>> modified_at_;
  std::function<std::chrono::sys_time<std::chrono::microseconds>()> time_;
  std::map<std::filesystem::path, NodeId> roots_;
  std::vector<Fault> faults_;
  std::optional<Cut> cut_;
  std::uint64_t calls_ = 0;
  std::uint64_t starts_ = 0;  ///< Handles of an earlier start are dead.
  bool is_off_ = false;
  bool is_tracing_ = false;
  std::vector<std::string> trace_;
};

}  // namespace cfp::support
