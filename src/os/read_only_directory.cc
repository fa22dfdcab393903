#include "os/read_only_directory.h"

#include <cerrno>
#include <utility>

#include "os/descriptor.h"

namespace cfp::os {
namespace {

class ReadOnlyDirectory final : public Directory {
 public:
  explicit ReadOnlyDirectory(std::unique_ptr<Directory> directory) : directory_(std::move(directory)) {}

  std::unique_ptr<File> open(const std::string& name, OpenMode mode) override {
    if (mode != OpenMode::read) refuse("open for writing", name);
    return directory_->open(name, mode);
  }
  void rename(const std::string& from, const std::string& /*to*/) override { refuse("rename", from); }
  void move(const std::string& from, Directory& /*target*/, const std::string& /*to*/) override {
    refuse("rename", from);
  }
  void remove(const std::string& name) override { refuse("unlink", name); }
  void remove_directory(const std::string& name) override { refuse("rmdir", name); }
  std::vector<DirectoryEntry> list() override { return directory_->list(); }
  void sync() override { directory_->sync(); }  // changes nothing that anybody could see
  std::unique_ptr<Directory> open_directory(const std::string& name, bool create) override {
    if (create) refuse("mkdir", name);
    return std::make_unique<ReadOnlyDirectory>(directory_->open_directory(name, false));
  }
  [[nodiscard]] std::filesystem::path path() const override { return directory_->path(); }

 private:
  [[noreturn]] void refuse(const std::string& call, const std::string& name) const {
    throw_error(EROFS, call + " " + (path() / name).string());
  }

  const std::unique_ptr<Directory> directory_;
};

}  // namespace

std::unique_ptr<Directory> make_read_only(std::unique_ptr<Directory> directory) {
  return std::make_unique<ReadOnlyDirectory>(std::move(directory));
}

}  // namespace cfp::os
