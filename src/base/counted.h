#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace cfp::base {

/// What counts its owners within itself: one block of memory and one word for a pointer to it, where a
/// std::shared_ptr takes two of each. `T` derives from Countable<T> and comes from `new`.
/// Threads: any may share and give up.
template <class T>
class Countable {
 public:
  Countable(const Countable&) = delete;
  Countable& operator=(const Countable&) = delete;
  void share() const noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
  void give_up() const noexcept {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete static_cast<const T*>(this);
  }

 protected:
  Countable() = default;
  ~Countable() = default;

 private:
  mutable std::atomic<std::uint32_t> owners_{0};
};

/// An owner of a Countable, or of nothing.
template <class T>
class Counted {
 public:
  Counted() = default;
  Counted(std::nullptr_t) noexcept {}
  explicit Counted(T* object) noexcept : object_(object) {
    if (object_ != nullptr) object_->share();
  }
  Counted(const Counted& other) noexcept : Counted(other.object_) {}
  Counted(Counted&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class Other>
  Counted(const Counted<Other>& other) noexcept : Counted(other.get()) {}
  Counted& operator=(Counted other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Counted() {
    if (object_ != nullptr) object_->give_up();
  }

  void reset() noexcept { *this = Counted(); }
  [[nodiscard]] T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(const Counted& a, const Counted& b) noexcept { return a.object_ == b.object_; }

 private:
  T* object_ = nullptr;
};

}  // namespace cfp::base
