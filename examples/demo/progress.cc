#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace demo {

using namespace std::chrono_literals;

Progress::Progress(std::string what, std::uint64_t total, int report_descriptor)
    : what_(std::move(what)),
      total_(total),
      report_descriptor_(report_descriptor),
      terminal_(::isatty(STDERR_FILENO) == 1),
      watcher_([this](const std::stop_token& stop) { watch(stop); }) {}

Progress::~Progress() {
  watcher_.request_stop();
  watcher_.join();
  report();
  if (terminal_) {
    show_bar();
    std::fputc('\n', stderr);
  }
}

double Progress::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

std::string Progress::text() const {
  const std::uint64_t done = this->done();
  const double rate = static_cast<double>(done) / std::max(seconds(), 1e-3);
  return std::to_string(done) + " of " + std::to_string(total_) + " (" +
         std::to_string(done * 100 / std::max<std::uint64_t>(total_, 1)) + " %), " +
         std::to_string(static_cast<std::uint64_t>(rate)) + "/s";
}

void Progress::watch(const std::stop_token& stop) {
  auto next_line = start_ + 5s;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, stop, 20ms, [&stop] { return stop.stop_requested(); })) {
    report();
    if (terminal_) {
      show_bar();
    } else if (std::chrono::steady_clock::now() >= next_line) {
      next_line += 5s;
      std::fprintf(stderr, "%s: %s\n", what_.c_str(), text().c_str());
    }
  }
}

void Progress::show_bar() const {
  constexpr std::uint64_t kWidth = 40;
  const auto filled = static_cast<std::size_t>(std::min(done(), total_) * kWidth / std::max<std::uint64_t>(total_, 1));
  const std::string bar = std::string(filled, '#') + std::string(kWidth - filled, '.');
  std::fprintf(stderr, "\r%s [%s] %s\033[K", what_.c_str(), bar.c_str(), text().c_str());
}

void Progress::report() const {
  if (report_descriptor_ < 0) return;
  const std::uint64_t done = this->done();
  // A reader that went away is no concern of the job.
  [[maybe_unused]] const auto written = ::write(report_descriptor_, &done, sizeof done);
}

}  // namespace demo
