#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "cfp/history.h"
#include "cfp/timestamp.h"

namespace cfp::cli {

/// The command line cannot be understood; the text says what of it, and the next step.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The values that were given to a command, by the names of its options ("--limit", "KEY"). Whatever cannot be read
/// throws UsageError, which names the option.
class Arguments {
 public:
  void add(const std::string& name, std::string value) { values_[name].push_back(std::move(value)); }

  [[nodiscard]] bool has(const std::string& name) const { return values_.contains(name); }
  [[nodiscard]] std::vector<std::string> all(const std::string& name) const;
  /// The last one.
  [[nodiscard]] std::optional<std::string> text(const std::string& name) const;
  /// Of what the parser has required.
  [[nodiscard]] std::string required(const std::string& name) const;
  [[nodiscard]] std::optional<std::uint64_t> number(const std::string& name, std::uint64_t least = 0) const;
  [[nodiscard]] std::optional<std::uint32_t> version(const std::string& name) const;
  /// More than 0.
  [[nodiscard]] std::optional<double> seconds(const std::string& name) const;
  [[nodiscard]] std::optional<Timestamp> time(const std::string& name) const;
  /// Digits are a sequence, all else a time.
  [[nodiscard]] std::optional<AsOf> moment(const std::string& name) const;

  /// `--base-dir`, else CFP_BASE_DIR, else what a CollectionConfig has.
  [[nodiscard]] std::filesystem::path base_dir() const;
  /// "cfp --base-dir DIR", as a shell reads it: how the command that comes next begins.
  [[nodiscard]] std::string program() const;

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

/// As a shell reads it: in quotes where it has to be.
std::string shell_word(const std::string& text);

}  // namespace cfp::cli
