#include "support/simulated_names.h"

#include <algorithm>
#include <set>

namespace cfp::support {

NodeId SimulatedNames::add_root() {
  nodes_.push_back({true, {}, {}, {}, {}});
  return nodes_.size() - 1;
}

std::optional<NodeId> SimulatedNames::find(NodeId directory, const std::string& name) const {
  const Entries& all = entries(directory);
  const auto found = all.find(name);
  return found == all.end() ? std::nullopt : std::optional(found->second);
}

NodeId SimulatedNames::create(NodeId directory, const std::string& name, bool is_directory) {
  nodes_.push_back({is_directory, {}, {}, {}, {}});
  const NodeId node = nodes_.size() - 1;
  nodes_[directory].seen[name] = node;
  unsynced_.push_back({node, {}, directory, name});
  return node;
}

void SimulatedNames::move(NodeId from, const std::string& old_name, NodeId to, const std::string& new_name) {
  const NodeId node = nodes_[from].seen.at(old_name);
  nodes_[from].seen.erase(old_name);
  nodes_[to].seen[new_name] = node;
  unsynced_.push_back({node, from, to, new_name});
}

void SimulatedNames::remove(NodeId directory, const std::string& name) {
  const NodeId node = nodes_[directory].seen.at(name);
  nodes_[directory].seen.erase(name);
  unsynced_.push_back({node, directory, {}, {}});
}

void SimulatedNames::take_from_medium(NodeId node) {
  Node& taken = nodes_[node];
  if (!taken.directory_on_medium) return;
  nodes_[*taken.directory_on_medium].medium.erase(taken.name_on_medium);
  taken.directory_on_medium.reset();
}

void SimulatedNames::apply(const Operation& operation) {
  take_from_medium(operation.node);
  if (!operation.to) return;
  Entries& target = nodes_[*operation.to].medium;
  if (const auto replaced = target.find(operation.new_name); replaced != target.end()) {
    take_from_medium(replaced->second);
  }
  target[operation.new_name] = operation.node;
  nodes_[operation.node].directory_on_medium = operation.to;
  nodes_[operation.node].name_on_medium = operation.new_name;
}

void SimulatedNames::sync(NodeId directory) {
  std::set<NodeId> touched = {directory};
  std::vector<bool> durable(unsynced_.size());
  for (std::size_t i = unsynced_.size(); i-- > 0;) {
    const Operation& operation = unsynced_[i];
    durable[i] =
        (operation.from && touched.contains(*operation.from)) || (operation.to && touched.contains(*operation.to));
    if (!durable[i]) continue;
    if (operation.from) touched.insert(*operation.from);
    if (operation.to) touched.insert(*operation.to);
  }
  std::vector<Operation> left;
  for (std::size_t i = 0; i < unsynced_.size(); ++i) {
    if (durable[i]) {
      apply(unsynced_[i]);
    } else {
      left.push_back(unsynced_[i]);
    }
  }
  unsynced_ = std::move(left);
}

void SimulatedNames::crash(CrashMode mode, SeededChoice& choice) {
  if (mode == CrashMode::keep_all) return;
  if (mode == CrashMode::random) {
    for (const Operation& operation : unsynced_) {
      if (choice.coin()) apply(operation);
    }
  }
  unsynced_.clear();
  for (Node& node : nodes_) node.seen = node.medium;
}

}  // namespace cfp::support
