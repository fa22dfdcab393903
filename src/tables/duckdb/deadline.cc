#include "tables/duckdb/deadline.h"

#include <algorithm>
#include <sstream>

namespace cfp::tables::duckdb {

namespace {

/// An interrupt that comes between two of DuckDB's statements stops neither: it is repeated.
constexpr std::chrono::milliseconds kRepetition(20);
constexpr double kLongest = 1e6;  // seconds; more may not fit a clock

}  // namespace

Deadline::Deadline(const Connection& connection, const std::optional<double>& seconds)
    : connection_(connection.get()), seconds_(seconds.value_or(0)) {
  if (!seconds) return;
  const auto time = std::chrono::duration<double>(std::min(seconds_, kLongest));
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(time);
  thread_ = std::thread([this, end] { wait(end); });
}

Deadline::~Deadline() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  ended_.notify_one();
  thread_.join();
}

bool Deadline::has_passed() const {
  const std::lock_guard lock(mutex_);
  return has_passed_;
}

std::string Deadline::text() const {
  std::ostringstream out;
  out << seconds_ << " s";
  return out.str();
}

void Deadline::wait(std::chrono::steady_clock::time_point end) {
  std::unique_lock lock(mutex_);
  if (ended_.wait_until(lock, end, [this] { return is_over_; })) return;
  has_passed_ = true;
  do {
    duckdb_interrupt(connection_);
  } while (!ended_.wait_for(lock, kRepetition, [this] { return is_over_; }));
}

}  // namespace cfp::tables::duckdb
