#include "damage.h"

#include <algorithm>
#include <array>
#include <utility>

#include "os/file_system.h"

namespace cfp::fuzz {
namespace {

constexpr std::size_t kMostSteps = 24;  // more of them find nothing new and take longer

std::vector<std::string> lines_of(const std::string& bytes) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < bytes.size();) {
    const std::size_t newline = bytes.find('\n', begin);
    const std::size_t end = newline == std::string::npos ? bytes.size() : newline + 1;
    lines.push_back(bytes.substr(begin, end - begin));
    begin = end;
  }
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string bytes;
  for (const std::string& line : lines) bytes += line;
  return bytes;
}

}  // namespace

void Damage::apply(std::string_view steps) {
  rest_ = steps;
  for (std::size_t i = 0; i < kMostSteps && !rest_.empty(); ++i) step(static_cast<char>(next_byte()));
}

/// w: writes over a byte; x: cuts off; z: zero bytes; a: appends text. d: drops a line; s: swaps two; t: a line twice;
/// m: a line of one file into another. r: removes; n: renames; c: copies; f: a new file. H, L: damages a table; G, M:
/// removes it. R: a repair under way, whose list is the text.
void Damage::step(char letter) {
  if (std::string_view("wxza").find(letter) != std::string_view::npos) return change_bytes(letter);
  if (std::string_view("dstm").find(letter) != std::string_view::npos) return change_lines(letter);
  if (std::string_view("rncf").find(letter) != std::string_view::npos) return change_names(letter);
  if (std::string_view("HLGM").find(letter) != std::string_view::npos) return change_tables(letter);
  if (letter == 'R') make_repair();
}

void Damage::change_bytes(char letter) {
  Place place;
  if (!choose(place)) return;
  std::string bytes = content_of(place);
  const std::size_t at = next_offset(bytes.size() + 1);
  if (letter == 'w' && at < bytes.size()) bytes[at] = static_cast<char>(next_byte());
  if (letter == 'x') bytes.resize(at);
  if (letter == 'z') {
    const std::size_t end = std::min(bytes.size(), at + next_byte());
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.begin() + static_cast<std::ptrdiff_t>(end), '\0');
  }
  if (letter == 'a') bytes.insert(at, next_text());
  put(place, std::move(bytes));
}

void Damage::change_lines(char letter) {
  Place place;
  if (!choose(place)) return;
  std::vector<std::string> lines = lines_of(content_of(place));
  if (lines.empty()) return;
  const std::size_t at = next_byte() % lines.size();
  if (letter == 's') std::swap(lines[at], lines[next_byte() % lines.size()]);
  if (letter == 't') lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), lines[at]);
  if (letter == 'm') {
    Place other;
    if (!choose(other)) return;
    std::vector<std::string> target = lines_of(content_of(other));
    const std::size_t to = next_byte() % (target.size() + 1);
    target.insert(target.begin() + static_cast<std::ptrdiff_t>(to), lines[at]);
    return put(other, joined(target));
  }
  if (letter == 'd') lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
  put(place, joined(lines));
}

void Damage::change_names(char letter) {
  // A name of ours in each state that one can have; the number is that of the file, or a byte's.
  static constexpr std::array<std::string_view, 8> kSuffixes = {"",         ".covered", ".archived", ".torn",
                                                                ".corrupt", ".new",     ".tmp",      ".1.torn"};
  static constexpr std::array<std::string_view, 4> kDays = {"2025-01-14", "2025-01-15", "2025-01-16", ""};
  static constexpr std::string_view kSegmentEnd = ".jsonl";
  Place place;
  if (!choose(place)) return;
  const std::string bytes = content_of(place);
  const auto base = disk_.open_base_directory(base_dir_);
  if (letter == 'r' || letter == 'n') {
    const auto directory = place.directory.empty() ? nullptr : base->open_directory(place.directory, false);
    (directory ? *directory : *base).remove(place.name);
  }
  if (letter == 'r') return;
  const std::string_view suffix = kSuffixes.at(next_byte() % kSuffixes.size());
  const std::string_view day = kDays.at(next_byte() % kDays.size());
  std::string stem = place.name;
  if (const std::size_t at = stem.find(kSegmentEnd); at != std::string::npos) stem.resize(at + kSegmentEnd.size());
  if (letter == 'f') stem = "wal_00000" + std::to_string(next_byte() % 10) + ".jsonl";
  put({std::string(day), stem.append(suffix)}, letter == 'f' ? next_text() : bytes);
}

void Damage::change_tables(char letter) {
  if (letter == 'H' && tables_.history) tables_.damage_history();
  if (letter == 'L' && tables_.latest) tables_.damage_latest();
  if (letter == 'G') tables_.remove_history();
  if (letter == 'M') tables_.remove_latest();
}

void Damage::make_repair() { put({"repair.new", "renames"}, next_text()); }

std::uint8_t Damage::next_byte() {
  if (rest_.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return byte;
}

std::size_t Damage::next_offset(std::size_t size) {
  const std::size_t high = next_byte();
  return (high * 256 + next_byte()) % size;
}

std::string Damage::next_text() {
  const std::string text(rest_.substr(0, rest_.find(';')));
  rest_.remove_prefix(std::min(text.size() + 1, rest_.size()));
  return text;
}

std::vector<Damage::Place> Damage::places() {
  std::vector<Place> all;
  const auto base = disk_.open_base_directory(base_dir_);
  for (const os::DirectoryEntry& entry : base->list()) {
    if (entry.kind == os::EntryKind::file) all.push_back({"", entry.name});
    if (entry.kind != os::EntryKind::directory) continue;
    for (const os::DirectoryEntry& inner : base->open_directory(entry.name, false)->list()) {
      if (inner.kind == os::EntryKind::file) all.push_back({entry.name, inner.name});
    }
  }
  return all;
}

bool Damage::choose(Place& place) {
  const std::vector<Place> all = places();
  const std::uint8_t which = next_byte();
  if (all.empty()) return false;
  place = all[which % all.size()];
  return true;
}

std::string Damage::path_of(const Place& place) const {
  return base_dir_ + "/" + (place.directory.empty() ? "" : place.directory + "/") + place.name;
}

std::string Damage::content_of(const Place& place) const { return disk_.content(path_of(place)).value_or(""); }

void Damage::put(const Place& place, std::string bytes) {
  const auto base = disk_.open_base_directory(base_dir_);
  const auto directory = place.directory.empty() ? nullptr : base->open_directory(place.directory, true);
  os::Directory& target = directory ? *directory : *base;
  if (!target.contains(place.name)) target.open(place.name, os::OpenMode::create)->sync();
  target.sync();
  disk_.set_content(path_of(place), std::move(bytes));
}

}  // namespace cfp::fuzz
