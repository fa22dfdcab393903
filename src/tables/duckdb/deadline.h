#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "tables/duckdb/connection.h"

namespace cfp::tables::duckdb {

/// Stops what the connection runs once the time is over. Without a time it does nothing.
/// Owns a thread of its own, which ends with the object. The connection must outlive it.
class Deadline {
 public:
  Deadline(const Connection& connection, const std::optional<double>& seconds);
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline();
  [[nodiscard]] bool has_passed() const;
  /// "1.5 s"
  [[nodiscard]] std::string text() const;

 private:
  void wait(std::chrono::steady_clock::time_point end);

  const duckdb_connection connection_;
  const double seconds_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  bool is_over_ = false;  // the work
  bool has_passed_ = false;
  std::thread thread_;
};

}  // namespace cfp::tables::duckdb
