#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "tables/duckdb/instance.h"

namespace cfp::tables::duckdb {

/// A connection with the statements it has prepared.
class Session {
 public:
  explicit Session(Connection connection) : connection_(std::move(connection)) {}
  [[nodiscard]] const Connection& connection() const noexcept { return connection_; }
  /// Prepares `sql` once.
  Statement& statement(std::string_view sql);

 private:
  Connection connection_;
  std::map<std::string, Statement, std::less<>> statements_;  // after the connection: they go first
};

/// An open table file: one connection that writes, and readers that come and go. The file can be closed or replaced
/// while readers are wanted: they wait, and go on with the new one.
/// Threads: `lease` and `copy` from any; the rest one at a time, by whoever has the turn where a copy may be made.
class LiveFile {
 public:
  explicit LiveFile(std::unique_ptr<Instance> instance);
  ~LiveFile() { close(); }

  /// A reader that nobody else has; keeps the file open as long as it lives.
  class Lease {
   public:
    Lease(Lease&&) = default;
    ~Lease();
    Session* operator->() const noexcept { return reader_.get(); }

   private:
    friend class LiveFile;
    Lease(LiveFile& file, std::shared_lock<std::shared_mutex> lock, std::unique_ptr<Session> reader)
        : file_(&file), lock_(std::move(lock)), reader_(std::move(reader)) {}
    LiveFile* file_;
    std::shared_lock<std::shared_mutex> lock_;
    std::unique_ptr<Session> reader_;
  };
  /// Throws `closed`.
  Lease lease();
  /// Throws `closed`, when replacing failed.
  [[nodiscard]] const Connection& writer() const;
  /// Of the connection that writes; prepared once.
  Statement& statement(std::string_view sql);
  [[nodiscard]] std::string name() const { return path_.filename().string(); }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// To write, to checkpoint, to replace.
  [[nodiscard]] std::unique_lock<std::mutex> take_turn() { return std::unique_lock(turn_); }
  /// Moves everything into the main file, so that no log is left beside it. Waits for the end of a copy.
  void checkpoint();
  /// Takes the turn for a checkpoint and for calling `checkpointed`; then, beside those who write on, hands the bytes
  /// of the file to `sink`, which stay as they are meanwhile. One at a time; the sink writes nothing to the table.
  void copy(const std::function<void()>& checkpointed, const ByteSink& sink);
  /// After each commit: gives DuckDB's log the mode of our files, and checkpoints once it is long. While a copy is made
  /// it may grow longer, and then waits for that.
  void look_after_log();
  /// Waits until no reader is out, then calls `before_close`, checkpoints and closes the file, calls `exchange`, and
  /// opens it again with what `exchange` returns.
  void replace(const std::function<void()>& before_close, const std::function<std::unique_ptr<Instance>()>& exchange);
  /// Waits until no reader is out, and calls `step` while none can come.
  void without_readers(const std::function<void()>& step);
  /// Waits until no reader is out. From then on leases throw `closed`.
  void close();
  [[nodiscard]] bool is_closed();

 private:
  void close_locked();
  void checkpoint_between_copies();
  [[nodiscard]] std::uint64_t log_bytes() const;

  const std::filesystem::path path_;
  // In this order.
  std::mutex turn_;
  std::mutex copying_;      // whoever holds it keeps checkpoints, or copies, away
  std::shared_mutex gate_;  // shared by leases and copies; exclusive to close
  std::unique_ptr<Instance> instance_;
  std::optional<Session> writer_;
  bool log_is_private_ = false;
  std::mutex idle_mutex_;
  std::vector<std::unique_ptr<Session>> idle_;
};

}  // namespace cfp::tables::duckdb
