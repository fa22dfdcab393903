#include "support/simulated_disk.h"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "support/simulated_directory.h"

namespace cfp::support {

std::unique_ptr<os::Directory> SimulatedDisk::open_base_directory(const std::filesystem::path& path) {
  check_usable(starts_);
  auto root = roots_.find(path);
  if (root == roots_.end()) root = roots_.emplace(path, names_.add_root()).first;
  return std::make_unique<SimulatedDirectory>(*this, root->second, path);
}

void SimulatedDisk::crash(CrashMode mode) {
  names_.crash(mode, choice_);
  for (auto& [node, content] : contents_) content.crash(mode, choice_);
  ++starts_;
}

void SimulatedDisk::crash_at(std::uint64_t call, CrashMode mode) { cut_ = Cut{call, mode}; }

void SimulatedDisk::reboot() {
  is_off_ = false;
  cut_.reset();
}

void SimulatedDisk::fail_at(std::uint64_t call, int error, Repeat repeat, std::vector<Call> only) {
  faults_.push_back({call, error, repeat, std::move(only)});
}

void SimulatedDisk::pass(std::string_view what) {
  perform(Call::pass, std::string(what), {[] {}});
}

void SimulatedDisk::check_usable(std::uint64_t start) const {
  if (is_off_) throw std::system_error(EIO, std::generic_category(), "the simulated disk has no power");
  if (start != starts_) throw std::logic_error("a directory or file of the time before the crash is used");
}

std::optional<int> SimulatedDisk::take_fault(Call call) {
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    const auto& only = fault->only;
    if (calls_ < fault->call || (!only.empty() && std::find(only.begin(), only.end(), call) == only.end())) continue;
    const int error = fault->error;
    if (fault->repeat == Repeat::once) faults_.erase(fault);
    return error;
  }
  return std::nullopt;
}

/// A sync needs no partial effect here: until it has returned, each change is as open as before it.
void SimulatedDisk::cut_power(Call call, const Effect& effect) {
  const CrashMode mode = cut_->mode;
  const bool is_sync = call == Call::sync || call == Call::sync_directory;
  if (mode != CrashMode::drop_unsynced && !is_sync && choice_.coin()) {
    try {
      effect.part ? effect.part() : effect.whole();
    } catch (const std::system_error&) {
      // The call would have failed; then it has done nothing.
    }
  }
  crash(mode);
  is_off_ = true;
  cut_.reset();
}

void SimulatedDisk::perform(Call call, const std::string& what, const Effect& effect) {
  if (is_off_) check_usable(starts_);
  ++calls_;
  if (is_tracing_) trace_.push_back(std::to_string(calls_) + " " + what);
  if (cut_ && calls_ >= cut_->call) {
    cut_power(call, effect);
    throw PowerCut{};
  }
  if (const auto error = take_fault(call)) {
    if (effect.part) effect.part();
    throw std::system_error(*error, std::generic_category(), "simulated: " + what);
  }
  effect.whole();
}

std::optional<NodeId> SimulatedDisk::find(const std::filesystem::path& path) const {
  for (const auto& [root, root_node] : roots_) {
    const std::filesystem::path inside = path.lexically_relative(root);
    if (inside.empty() || *inside.begin() == "..") continue;
    std::optional<NodeId> node = root_node;
    for (const auto& name : inside) {
      node = names_.is_directory(*node) ? names_.find(*node, name.string()) : std::nullopt;
      if (!node) break;
    }
    if (node) return node;
  }
  return std::nullopt;
}

std::optional<std::string> SimulatedDisk::content(const std::filesystem::path& file) const {
  const auto node = find(file);
  if (!node || names_.is_directory(*node)) return std::nullopt;
  return contents_.at(*node).seen();
}

void SimulatedDisk::set_content(const std::filesystem::path& file, std::string bytes) {
  const auto node = find(file);
  if (!node || names_.is_directory(*node)) throw std::invalid_argument("no such file: " + file.string());
  contents_.at(*node).replace(std::move(bytes));
}

}  // namespace cfp::support
