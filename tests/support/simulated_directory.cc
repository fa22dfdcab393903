#include "support/simulated_directory.h"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace cfp::support {
namespace {

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

}  // namespace

/// An open file of a SimulatedDisk.
class SimulatedFile final : public os::File {
 public:
  SimulatedFile(SimulatedDisk& disk, NodeId node, bool is_writable, std::string path)
      : disk_(disk), node_(node), start_(disk.starts_), is_writable_(is_writable), path_(std::move(path)) {}

  void write(std::uint64_t offset, std::string_view bytes) override {
    check_writable();
    if (bytes.empty()) return;
    const auto part = [&] { content().write(offset, bytes.substr(0, disk_.choice_.below(bytes.size() + 1))); };
    touch();
    disk_.perform(Call::write, describe("write", offset, bytes.size()),
                  {[&] { content().write(offset, bytes); }, part});
  }

  std::string read(std::uint64_t offset, std::uint64_t size, std::string) override {
    disk_.check_usable(start_);
    const std::string& seen = content().seen();
    return offset >= seen.size() ? std::string() : seen.substr(offset, size);
  }

  void sync() override {
    disk_.check_usable(start_);
    disk_.perform(Call::sync, "sync " + path_,
                  {[&] { content().sync(); }, [&] { content().fail_sync(disk_.choice_); }});
  }

  void drop_pages() noexcept override {}                     // what was synced is what is read
  void write_back(std::uint64_t, std::uint64_t) override {}  // may or may not be kept, as without it

  void truncate(std::uint64_t size) override {
    check_writable();
    touch();
    disk_.perform(Call::truncate, describe("truncate", 0, size), {[&] { content().resize(size); }});
  }

  void allocate(std::uint64_t size) override {
    check_writable();
    const auto whole = [&] {
      if (size > content().seen().size()) content().resize(size);
    };
    disk_.perform(Call::allocate, describe("allocate", 0, size), {whole});
  }

  [[nodiscard]] std::uint64_t size() override {
    disk_.check_usable(start_);
    return content().seen().size();
  }

  [[nodiscard]] std::chrono::sys_time<std::chrono::microseconds> modified_at() override {
    disk_.check_usable(start_);
    return disk_.modified_at_[node_];
  }

 private:
  SimulatedContent& content() { return disk_.contents_[node_]; }
  void touch() {
    if (disk_.time_) disk_.modified_at_[node_] = disk_.time_();
  }
  void check_writable() const {
    disk_.check_usable(start_);
    if (!is_writable_) fail(EBADF, "change " + path_);
  }
  [[nodiscard]] std::string describe(const char* call, std::uint64_t offset, std::uint64_t size) const {
    return std::string(call) + " " + path_ + " " + std::to_string(offset) + "+" + std::to_string(size);
  }

  SimulatedDisk& disk_;
  NodeId node_;
  std::uint64_t start_;
  bool is_writable_;
  std::string path_;
};

SimulatedDirectory::SimulatedDirectory(SimulatedDisk& disk, NodeId node, std::filesystem::path path)
    : disk_(disk), node_(node), start_(disk.starts_), path_(std::move(path)) {}

void SimulatedDirectory::check(const std::string& name) const {
  disk_.check_usable(start_);
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) fail(EINVAL, path_of(name));
}

NodeId SimulatedDirectory::existing(const std::string& name) const {
  const auto node = disk_.names_.find(node_, name);
  if (!node) fail(ENOENT, path_of(name));
  return *node;
}

std::unique_ptr<os::File> SimulatedDirectory::open(const std::string& name, os::OpenMode mode) {
  check(name);
  if (mode == os::OpenMode::create) {
    const auto whole = [&] {
      if (disk_.names_.find(node_, name)) fail(EEXIST, path_of(name));
      disk_.contents_[disk_.names_.create(node_, name, false)];
    };
    disk_.perform(Call::create, "create " + path_of(name), {whole});
  }
  const NodeId node = existing(name);
  if (disk_.names_.is_directory(node)) fail(EINVAL, path_of(name));
  return std::make_unique<SimulatedFile>(disk_, node, mode != os::OpenMode::read, path_of(name));
}

void SimulatedDirectory::move_node(const std::string& from, SimulatedDirectory& target, const std::string& to) {
  const NodeId node = existing(from);
  const auto replaced = disk_.names_.find(target.node_, to);
  if (replaced == node) return;
  if (replaced && disk_.names_.is_directory(*replaced)) fail(EISDIR, target.path_of(to));
  if (replaced && disk_.names_.is_directory(node)) fail(ENOTDIR, target.path_of(to));
  disk_.names_.move(node_, from, target.node_, to);
}

void SimulatedDirectory::rename(const std::string& from, const std::string& to) {
  check(from);
  check(to);
  disk_.perform(Call::rename, "rename " + path_of(from) + " to " + to, {[&] { move_node(from, *this, to); }});
}

void SimulatedDirectory::move(const std::string& from, os::Directory& target, const std::string& to) {
  check(from);
  auto* const other = dynamic_cast<SimulatedDirectory*>(&target);
  if (other == nullptr || &other->disk_ != &disk_) throw std::logic_error("a move to a directory of another kind");
  other->check(to);
  disk_.perform(Call::move, "move " + path_of(from) + " to " + other->path_of(to),
                {[&] { move_node(from, *other, to); }});
}

void SimulatedDirectory::remove(const std::string& name) {
  check(name);
  const auto whole = [&] {
    if (disk_.names_.is_directory(existing(name))) fail(EISDIR, path_of(name));
    disk_.names_.remove(node_, name);
  };
  disk_.perform(Call::remove, "remove " + path_of(name), {whole});
}

void SimulatedDirectory::remove_directory(const std::string& name) {
  check(name);
  const auto whole = [&] {
    const NodeId node = existing(name);
    if (!disk_.names_.is_directory(node)) fail(ENOTDIR, path_of(name));
    if (!disk_.names_.entries(node).empty()) fail(ENOTEMPTY, path_of(name));
    disk_.names_.remove(node_, name);
  };
  disk_.perform(Call::remove_directory, "remove directory " + path_of(name), {whole});
}

std::vector<os::DirectoryEntry> SimulatedDirectory::list() {
  disk_.check_usable(start_);
  std::vector<os::DirectoryEntry> entries;
  for (const auto& [name, node] : disk_.names_.entries(node_)) {
    entries.push_back({name, disk_.names_.is_directory(node) ? os::EntryKind::directory : os::EntryKind::file});
  }
  return entries;
}

void SimulatedDirectory::sync() {
  disk_.check_usable(start_);
  const auto part = [&] {
    if (disk_.choice_.coin()) disk_.names_.sync(node_);
  };
  disk_.perform(Call::sync_directory, "sync " + path_.string() + "/", {[&] { disk_.names_.sync(node_); }, part});
}

std::unique_ptr<os::Directory> SimulatedDirectory::open_directory(const std::string& name, bool create) {
  check(name);
  if (create) {
    if (!disk_.names_.find(node_, name)) {
      disk_.perform(Call::make_directory, "make directory " + path_of(name),
                    {[&] { disk_.names_.create(node_, name, true); }});
    }
    sync();  // As the real one: a kill may have left it unsynced.
  }
  const NodeId node = existing(name);
  if (!disk_.names_.is_directory(node)) fail(ENOTDIR, path_of(name));
  return std::make_unique<SimulatedDirectory>(disk_, node, path_ / name);
}

}  // namespace cfp::support
