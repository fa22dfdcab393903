#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace demo {

/// One field of one package. Views point into the index's text.
struct Field {
  std::string_view package;
  std::string_view section;
  std::string_view name;
  std::string_view text;  ///< As it stands in the file, continuation lines included.
  std::int64_t line = 0;
};

/// A Debian package index (`apt-cache dumpavail`) as a list of fields in the order of the file.
///
/// A package may occur more than once; of fields with the same package, section and name only the last is kept, so
/// that `fields()` is the state that a store must end in, whatever happened between.
/// Owns the mapping of the file. Failure: throws std::runtime_error.
class PackageIndex {
 public:
  explicit PackageIndex(const std::filesystem::path& file);
  ~PackageIndex();
  PackageIndex(const PackageIndex&) = delete;
  PackageIndex& operator=(const PackageIndex&) = delete;

  [[nodiscard]] const std::vector<Field>& fields() const noexcept { return fields_; }
  [[nodiscard]] std::size_t packages() const noexcept { return packages_; }
  /// Fields that a later one of the same name replaces.
  [[nodiscard]] std::size_t superseded() const noexcept { return superseded_; }

 private:
  void parse();
  void keep_last_of_each();

  std::string_view text_;
  std::vector<Field> fields_;
  std::size_t packages_ = 0;
  std::size_t superseded_ = 0;
};

}  // namespace demo
