#pragma once

// What a fuzzer's bytes do to the files of a store on a simulated disk: a list of steps, each a letter and what it
// needs. Letters, so that the kept inputs can be read; any other byte is passed over.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/fake_table_disk.h"
#include "support/simulated_disk.h"

namespace cfp::fuzz {

class Damage {
 public:
  /// The directory must be that of a store which nobody has open.
  Damage(support::SimulatedDisk& disk, support::FakeTableDisk& tables, std::string base_dir)
      : disk_(disk), tables_(tables), base_dir_(std::move(base_dir)) {}

  void apply(std::string_view steps);

 private:
  /// A file of a date directory, or of base_dir itself (then without a directory).
  struct Place {
    std::string directory;
    std::string name;
  };

  void step(char letter);
  void change_bytes(char letter);
  void change_lines(char letter);
  void change_names(char letter);
  void change_tables(char letter);
  void make_repair();

  std::uint8_t next_byte();
  /// Two bytes, as a place in something of that size.
  std::size_t next_offset(std::size_t size);
  std::string next_text();
  [[nodiscard]] std::vector<Place> places();
  [[nodiscard]] bool choose(Place& place);
  [[nodiscard]] std::string path_of(const Place& place) const;
  [[nodiscard]] std::string content_of(const Place& place) const;
  void put(const Place& place, std::string bytes);

  support::SimulatedDisk& disk_;
  support::FakeTableDisk& tables_;
  const std::string base_dir_;
  std::string_view rest_;
};

}  // namespace cfp::fuzz
