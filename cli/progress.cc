#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "printable.h"
#include "units.h"

namespace cfp::cli {
namespace {

constexpr std::chrono::milliseconds kBeforeItIsShown{1000}, kBetweenDrawings{100};

std::size_t error_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

Progress::Progress(Console& console, std::string what, std::uint64_t total)
    : console_(console), what_(std::move(what)), total_(total) {
  if (console_.shows_progress()) watcher_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

Progress::~Progress() {
  if (!watcher_.joinable()) return;
  watcher_.request_stop();
  watcher_.join();
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::watch(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  auto wait = kBeforeItIsShown;
  while (!wake_.wait_for(lock, stop, wait, [&stop] { return stop.stop_requested(); })) {
    wait = kBetweenDrawings;
    drawn_ = true;
    const std::string text = "\r" + fitted(line(), error_width() - 1) + "\033[K";
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
}

std::string Progress::line() const {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const std::uint64_t done = done_.load(std::memory_order_relaxed), total = total_.load(std::memory_order_relaxed);
  const double rate = static_cast<double>(done) / std::max(seconds, 1e-3);
  const std::string rate_text = count_text(static_cast<std::uint64_t>(rate)) + "/s";
  if (total == 0) {
    const std::string so_far = done == 0 ? "" : count_text(done) + ", " + rate_text + ", ";
    return what_ + "  " + so_far + duration_text(seconds);
  }
  constexpr std::uint64_t kCells = 24;
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<std::size_t>(share * kCells);
  const double left = rate > 0 ? static_cast<double>(total - std::min(done, total)) / rate : 0;
  return what_ + " [" + std::string(filled, '#') + std::string(kCells - filled, '.') + "] " +
         std::to_string(static_cast<int>(share * 100)) + "%  " + count_text(done) + "/" + count_text(total) + "  " +
         rate_text + (rate > 0 ? "  " + duration_text(left) + " left" : "");
}

}  // namespace cfp::cli
