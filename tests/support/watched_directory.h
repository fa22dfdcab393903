#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "os/file_system.h"

namespace cfp::support {

/// Calls the test before each sync of a group; what that throws is the sync's error.
class WatchedDirectory final : public os::Directory {
 public:
  WatchedDirectory(std::unique_ptr<os::Directory> real, const std::function<void()>& before_sync)
      : real_(std::move(real)), before_sync_(before_sync) {}
  std::unique_ptr<os::File> open(const std::string& name, os::OpenMode mode) override {
    return std::make_unique<WatchedFile>(real_->open(name, mode), before_sync_);
  }
  void rename(const std::string& from, const std::string& to) override { real_->rename(from, to); }
  void move(const std::string& from, os::Directory& target, const std::string& to) override {
    real_->move(from, target, to);
  }
  void remove(const std::string& name) override { real_->remove(name); }
  void remove_directory(const std::string& name) override { real_->remove_directory(name); }
  std::vector<os::DirectoryEntry> list() override { return real_->list(); }
  void sync() override { real_->sync(); }
  std::unique_ptr<os::Directory> open_directory(const std::string& name, bool create) override {
    return real_->open_directory(name, create);
  }
  [[nodiscard]] std::filesystem::path path() const override { return real_->path(); }

 private:
  class WatchedFile final : public os::File {
   public:
    WatchedFile(std::unique_ptr<os::File> real, const std::function<void()>& before_sync)
        : real_(std::move(real)), before_sync_(before_sync) {}
    void write(std::uint64_t offset, std::string_view bytes) override {
      has_group_ = true;
      real_->write(offset, bytes);
    }
    std::string read(std::uint64_t offset, std::uint64_t size, std::string buffer) override {
      return real_->read(offset, size, std::move(buffer));
    }
    void sync() override {
      if (has_group_) before_sync_();  // not when the file is being prepared
      real_->sync();
    }
    void drop_pages() noexcept override { real_->drop_pages(); }
    void write_back(std::uint64_t offset, std::uint64_t size) override { real_->write_back(offset, size); }
    void truncate(std::uint64_t size) override { real_->truncate(size); }
    void allocate(std::uint64_t size) override { real_->allocate(size); }
    std::uint64_t size() override { return real_->size(); }
    std::chrono::sys_time<std::chrono::microseconds> modified_at() override { return real_->modified_at(); }

   private:
    std::unique_ptr<os::File> real_;
    const std::function<void()>& before_sync_;
    bool has_group_ = false;
  };
  std::unique_ptr<os::Directory> real_;
  const std::function<void()>& before_sync_;
};

}  // namespace cfp::support
