#include "package_index.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <stdexcept>
#include <system_error>
#include <unordered_set>

namespace demo {
namespace {

std::string_view map_file(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), file.string());
  struct stat status {};
  void* address = MAP_FAILED;
  if (::fstat(descriptor, &status) == 0 && status.st_size > 0) {
    address = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0);
  }
  const int error = errno;
  ::close(descriptor);
  if (status.st_size == 0) throw std::runtime_error(file.string() + " is empty");
  if (address == MAP_FAILED) throw std::system_error(error, std::generic_category(), file.string());
  return {static_cast<const char*>(address), static_cast<std::size_t>(status.st_size)};
}

// What identifies a field in the store.
struct Place {
  const Field* field;
  friend bool operator==(const Place& a, const Place& b) {
    return a.field->name == b.field->name && a.field->package == b.field->package &&
           a.field->section == b.field->section;
  }
};

struct PlaceHash {
  std::size_t operator()(const Place& place) const noexcept {
    const std::hash<std::string_view> hash;
    return (hash(place.field->package) * 31 + hash(place.field->section)) * 31 + hash(place.field->name);
  }
};

}  // namespace

PackageIndex::PackageIndex(const std::filesystem::path& file) : text_(map_file(file)) {
  parse();
  keep_last_of_each();
}

PackageIndex::~PackageIndex() { ::munmap(const_cast<char*>(text_.data()), text_.size()); }

void PackageIndex::parse() {
  std::size_t stanza = 0;  // its first field
  const auto end_stanza = [&] {
    std::string_view package;
    std::string_view section;
    for (std::size_t i = stanza; i < fields_.size(); ++i) {
      if (fields_[i].name == "Package") package = fields_[i].text;
      if (fields_[i].name == "Section") section = fields_[i].text;
    }
    for (std::size_t i = stanza; i < fields_.size(); ++i) {
      fields_[i].package = package;
      fields_[i].section = section;
    }
    if (stanza < fields_.size()) ++packages_;
    stanza = fields_.size();
  };

  std::int64_t line_number = 0;
  for (std::size_t at = 0; at < text_.size();) {
    const std::size_t newline = std::min(text_.find('\n', at), text_.size());
    const std::string_view line = text_.substr(at, newline - at);
    ++line_number;
    at = newline + 1;
    if (line.empty()) {
      end_stanza();
    } else if (line.front() == ' ' || line.front() == '\t') {
      if (stanza == fields_.size())
        throw std::runtime_error("line " + std::to_string(line_number) + " continues nothing");
      // The text of the field before goes on: text is contiguous in the file, so the view only grows.
      Field& field = fields_.back();
      field.text = {field.text.data(), static_cast<std::size_t>(line.data() + line.size() - field.text.data())};
    } else {
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos)
        throw std::runtime_error("line " + std::to_string(line_number) + " is no field");
      const std::size_t text = std::min(line.find_first_not_of(' ', colon + 1), line.size());
      fields_.push_back({{}, {}, line.substr(0, colon), line.substr(text), line_number});
    }
  }
  end_stanza();
}

void PackageIndex::keep_last_of_each() {
  std::unordered_set<Place, PlaceHash> seen;
  seen.reserve(fields_.size());
  std::vector<bool> last(fields_.size());
  std::size_t kept = 0;
  for (std::size_t i = fields_.size(); i-- > 0;) {
    last[i] = seen.insert({&fields_[i]}).second;
    if (last[i]) ++kept;
  }
  superseded_ = fields_.size() - kept;
  std::vector<Field> fields;
  fields.reserve(kept);
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    if (last[i]) fields.push_back(fields_[i]);
  }
  fields_ = std::move(fields);
}

}  // namespace demo
