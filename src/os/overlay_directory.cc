#include "os/overlay_directory.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <system_error>

#include "base/check.h"

namespace cfp::os {
namespace {

[[noreturn]] void fail(std::errc code, const std::string& what) {
  throw std::system_error(std::make_error_code(code), what);
}

/// The content of a file: the real one's until it is first written.
struct Content {
  Directory* real = nullptr;
  std::string real_name;
  std::string bytes;

  void take_over() {
    if (real == nullptr) return;
    const auto file = real->open(real_name, OpenMode::read);
    bytes = file->read(0, file->size());
    real = nullptr;
  }
};

struct Folder;

struct Entry {
  EntryKind kind = EntryKind::file;
  std::shared_ptr<Content> content;  // of a file
  std::shared_ptr<Folder> folder;    // of a directory, once it is opened
  std::string real_name;             // of a directory that is not
};

struct Folder {
  std::unique_ptr<Directory> owned;
  Directory* real = nullptr;  // null: made here
  std::filesystem::path path;
  std::map<std::string, Entry> entries;
};

std::shared_ptr<Folder> show(std::unique_ptr<Directory> owned, Directory* real) {
  auto folder = std::make_shared<Folder>();
  folder->owned = std::move(owned);
  folder->real = real;
  folder->path = real->path();
  for (const DirectoryEntry& entry : real->list()) {
    Entry& shown = folder->entries[entry.name];
    shown.kind = entry.kind;
    shown.real_name = entry.name;
    if (entry.kind == EntryKind::directory) continue;
    shown.content = std::make_shared<Content>();
    shown.content->real = real;
    shown.content->real_name = entry.name;
  }
  return folder;
}

class OverlayFile final : public File {
 public:
  explicit OverlayFile(std::shared_ptr<Content> content) : content_(std::move(content)) {
    // Opened now, so that a file that cannot be opened fails as it does on the real disk.
    if (content_->real != nullptr) real_ = content_->real->open(content_->real_name, OpenMode::read);
  }
  void write(std::uint64_t offset, std::string_view bytes) override {
    content_->take_over();
    std::string& all = content_->bytes;
    if (all.size() < offset + bytes.size()) all.resize(offset + bytes.size());
    all.replace(offset, bytes.size(), bytes);
  }
  std::string read(std::uint64_t offset, std::uint64_t size, std::string buffer) override {
    if (content_->real != nullptr) return real_->read(offset, size, std::move(buffer));
    if (offset >= content_->bytes.size()) return {};
    return content_->bytes.substr(offset, size);
  }
  void sync() override {}
  void drop_pages() noexcept override {}
  void write_back(std::uint64_t, std::uint64_t) override {}
  std::chrono::sys_time<std::chrono::microseconds> modified_at() override {
    return real_ && content_->real != nullptr ? real_->modified_at()
                                              : std::chrono::sys_time<std::chrono::microseconds>{};
  }
  void truncate(std::uint64_t size) override {
    content_->take_over();
    content_->bytes.resize(size);
  }
  void allocate(std::uint64_t size) override { truncate(std::max(size, this->size())); }
  std::uint64_t size() override { return content_->real != nullptr ? real_->size() : content_->bytes.size(); }

 private:
  std::shared_ptr<Content> content_;
  std::unique_ptr<File> real_;
};

class OverlayDirectory final : public Directory {
 public:
  explicit OverlayDirectory(std::shared_ptr<Folder> folder) : folder_(std::move(folder)) {}

  std::unique_ptr<File> open(const std::string& name, OpenMode mode) override {
    auto& entries = folder_->entries;
    if (mode == OpenMode::create) {
      if (entries.contains(name)) fail(std::errc::file_exists, "open " + path_of(name));
      entries[name].content = std::make_shared<Content>();
    }
    const Entry& entry = find(name);
    if (!entry.content) fail(std::errc::invalid_argument, "open " + path_of(name) + ": not a regular file");
    return std::make_unique<OverlayFile>(entry.content);
  }
  void rename(const std::string& from, const std::string& to) override { move(from, *this, to); }
  void move(const std::string& from, Directory& target, const std::string& to) override {
    auto* const other = dynamic_cast<OverlayDirectory*>(&target);
    CFP_CHECK(other != nullptr);
    Entry entry = find(from);
    folder_->entries.erase(from);
    other->folder_->entries[to] = std::move(entry);
  }
  void remove(const std::string& name) override {
    static_cast<void>(find(name));
    folder_->entries.erase(name);
  }
  void remove_directory(const std::string& name) override {
    if (!open_directory(name, false)->list().empty()) fail(std::errc::directory_not_empty, "rmdir " + path_of(name));
    folder_->entries.erase(name);
  }
  std::vector<DirectoryEntry> list() override {
    std::vector<DirectoryEntry> all;
    for (const auto& [name, entry] : folder_->entries) all.push_back({name, entry.kind});
    return all;
  }
  void sync() override {}
  std::unique_ptr<Directory> open_directory(const std::string& name, bool create) override {
    if (create && !folder_->entries.contains(name)) {
      Entry& made = folder_->entries[name];
      made.kind = EntryKind::directory;
      made.folder = std::make_shared<Folder>();
      made.folder->path = folder_->path / name;
    }
    Entry& entry = find(name);
    if (entry.kind != EntryKind::directory) fail(std::errc::not_a_directory, "open " + path_of(name));
    if (!entry.folder) {
      auto real = folder_->real->open_directory(entry.real_name, false);
      Directory* const shown = real.get();
      entry.folder = show(std::move(real), shown);
      entry.folder->path = folder_->path / name;
    }
    return std::make_unique<OverlayDirectory>(entry.folder);
  }
  [[nodiscard]] std::filesystem::path path() const override { return folder_->path; }

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const { return (folder_->path / name).string(); }
  Entry& find(const std::string& name) {
    const auto found = folder_->entries.find(name);
    if (found == folder_->entries.end()) fail(std::errc::no_such_file_or_directory, "open " + path_of(name));
    return found->second;
  }

  std::shared_ptr<Folder> folder_;
};

}  // namespace

std::unique_ptr<Directory> make_overlay_directory(Directory& real) {
  return std::make_unique<OverlayDirectory>(show(nullptr, &real));
}

}  // namespace cfp::os
