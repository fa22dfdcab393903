#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "os/file_system.h"

namespace cfp::support {

/// Calls the test before each sync of a group, in this directory and those below; what that throws is the sync's error.
/// And before each piece of a long copy is written back; and tells how each file is written to.
class WatchedDirectory final : public os::Directory {
 public:
  using Call = std::function<void()>;
  struct Calls {
    Call before_sync;
    Call before_write_back = [] {};
    std::function<void(std::string_view)> note_write = [](std::string_view /*way*/) {};  ///< The name of File's call.
  };
  WatchedDirectory(std::unique_ptr<os::Directory> real, Calls calls)
      : WatchedDirectory(std::move(real), std::make_shared<const Calls>(std::move(calls))) {}
  WatchedDirectory(std::unique_ptr<os::Directory> real, std::shared_ptr<const Calls> calls)
      : real_(std::move(real)), calls_(std::move(calls)) {}
  std::unique_ptr<os::File> open(const std::string& name, os::OpenMode mode) override {
    return std::make_unique<WatchedFile>(real_->open(name, mode), calls_);
  }
  void rename(const std::string& from, const std::string& to) override { real_->rename(from, to); }
  void move(const std::string& from, os::Directory& target, const std::string& to) override {
    auto* const watched = dynamic_cast<WatchedDirectory*>(&target);
    real_->move(from, watched == nullptr ? target : *watched->real_, to);
  }
  void remove(const std::string& name) override { real_->remove(name); }
  void remove_directory(const std::string& name) override { real_->remove_directory(name); }
  std::vector<os::DirectoryEntry> list() override { return real_->list(); }
  void sync() override { real_->sync(); }
  std::unique_ptr<os::Directory> open_directory(const std::string& name, bool create) override {
    return std::make_unique<WatchedDirectory>(real_->open_directory(name, create), calls_);
  }
  [[nodiscard]] std::filesystem::path path() const override { return real_->path(); }

 private:
  class WatchedFile final : public os::File {
   public:
    WatchedFile(std::unique_ptr<os::File> real, std::shared_ptr<const Calls> calls)
        : real_(std::move(real)), calls_(std::move(calls)) {}
    void write(std::uint64_t offset, std::string_view bytes) override {
      has_group_ = true;
      calls_->note_write("write");
      real_->write(offset, bytes);
    }
    void write_through(std::uint64_t offset, std::string_view bytes) override {
      has_group_ = true;
      calls_->note_write("write_through");
      real_->write_through(offset, bytes);
    }
    std::string read(std::uint64_t offset, std::uint64_t size, std::string buffer) override {
      return real_->read(offset, size, std::move(buffer));
    }
    void sync() override {
      if (has_group_) calls_->before_sync();  // not when the file is being prepared
      real_->sync();
    }
    void drop_pages() noexcept override { real_->drop_pages(); }
    void write_back(std::uint64_t offset, std::uint64_t size) override {
      calls_->before_write_back();
      real_->write_back(offset, size);
    }
    void truncate(std::uint64_t size) override { real_->truncate(size); }
    void allocate(std::uint64_t size) override { real_->allocate(size); }
    void fill_with_zeros() override {
      calls_->note_write("fill_with_zeros");
      real_->fill_with_zeros();
    }
    std::uint64_t size() override { return real_->size(); }
    std::chrono::sys_time<std::chrono::microseconds> modified_at() override { return real_->modified_at(); }

   private:
    std::unique_ptr<os::File> real_;
    std::shared_ptr<const Calls> calls_;
    bool has_group_ = false;
  };
  std::unique_ptr<os::Directory> real_;
  std::shared_ptr<const Calls> calls_;
};

}  // namespace cfp::support
