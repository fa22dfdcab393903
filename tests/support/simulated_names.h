#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/crash_mode.h"
#include "support/seeded_choice.h"

namespace cfp::support {

/// A file or a directory, whatever its name.
using NodeId = std::size_t;

/// The names of all files and directories: as every process sees them, as the medium has them, and the operations in
/// between. A node has one name at most. A single operation is atomic, a move between directories too, as on every
/// journalling file system; which of several survive is open until the directory is synced.
class SimulatedNames {
 public:
  using Entries = std::map<std::string, NodeId>;

  /// A directory without a parent; it survives everything.
  NodeId add_root();
  [[nodiscard]] bool is_directory(NodeId node) const { return nodes_[node].is_directory; }
  [[nodiscard]] const Entries& entries(NodeId directory) const { return nodes_[directory].seen; }
  [[nodiscard]] std::optional<NodeId> find(NodeId directory, const std::string& name) const;

  NodeId create(NodeId directory, const std::string& name, bool is_directory);
  /// The name must exist.
  void move(NodeId from, const std::string& old_name, NodeId to, const std::string& new_name);
  /// The name must exist.
  void remove(NodeId directory, const std::string& name);
  /// Makes the operations on this directory durable, with all earlier ones that they build on.
  void sync(NodeId directory);
  void crash(CrashMode mode, SeededChoice& choice);

 private:
  struct Node {
    bool is_directory;
    std::optional<NodeId> directory_on_medium;  ///< Where the medium has its name.
    std::string name_on_medium;
    Entries seen;
    Entries medium;
  };
  /// Takes the node away from one place and puts it at another; either may be missing.
  struct Operation {
    NodeId node;
    std::optional<NodeId> from;
    std::optional<NodeId> to;
    std::string new_name;
  };
  void take_from_medium(NodeId node);
  void apply(const Operation& operation);

  std::vector<Node> nodes_;
  std::vector<Operation> unsynced_;
};

}  // namespace cfp::support
