#include "tables/duckdb/live_file.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/mutant.h"
#include "cfp/error.h"
#include "tables/duckdb/errors.h"
#include "tables/duckdb/file_replacement.h"

namespace cfp::tables::duckdb {

namespace {

constexpr std::size_t kMostIdleReaders = 8;

CollectionFastPersistError closed_error(const std::string& name) {
  return {ErrorCode::closed, name + " is closed; open the store again"};
}

}  // namespace

Statement& Session::statement(std::string_view sql) {
  auto it = statements_.find(sql);
  if (it == statements_.end()) it = statements_.emplace(sql, Statement(connection_, std::string(sql))).first;
  return it->second;
}

LiveFile::LiveFile(std::unique_ptr<Instance> instance)
    : path_(instance->file()), instance_(std::move(instance)), writer_(instance_->connect()) {
  idle_.reserve(kMostIdleReaders);  // so that giving one back cannot fail
}

LiveFile::Lease::~Lease() {
  if (!reader_) return;
  const std::lock_guard lock(file_->idle_mutex_);
  if (file_->idle_.size() < kMostIdleReaders) file_->idle_.push_back(std::move(reader_));
}

LiveFile::Lease LiveFile::lease() {
  std::shared_lock lock(gate_);
  if (!instance_) throw closed_error(name());
  std::unique_ptr<Session> reader;
  {
    const std::lock_guard idle(idle_mutex_);
    if (!idle_.empty()) {
      reader = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!reader) reader = std::make_unique<Session>(instance_->connect());
  return {*this, std::move(lock), std::move(reader)};
}

const Connection& LiveFile::writer() const {
  if (!writer_) throw closed_error(name());
  return writer_->connection();
}

Statement& LiveFile::statement(std::string_view sql) {
  if (!writer_) throw closed_error(name());
  return writer_->statement(sql);
}

std::uint64_t LiveFile::log_bytes() const {
  std::error_code missing;
  const auto bytes = std::filesystem::file_size(log_of(path_), missing);
  return missing ? 0 : bytes;
}

void LiveFile::checkpoint() {
  const std::lock_guard between_copies(copying_);
  checkpoint_between_copies();
}

void LiveFile::checkpoint_between_copies() {
  const auto has_log = [this] { return log_bytes() > 0; };
  try {
    writer().run("CHECKPOINT");
  } catch (const SqlError& error) {
    if (error.type() != DUCKDB_ERROR_TRANSACTION) throw;
  }
  if (has_log()) {  // a reader's transaction was in the way: once more without readers
    const std::unique_lock lock(gate_);
    writer().run("CHECKPOINT");
    if (has_log()) {
      // A log that broke before its first entry: DuckDB found nothing in it, and nothing to do. It cuts that log off
      // with the next commit; one that says in the end what was said before will do.
      Transaction transaction(writer());
      writer().run("UPDATE cfp_meta SET rows = rows + 1");
      writer().run("UPDATE cfp_meta SET rows = rows - 1");
      transaction.commit();
      writer().run("CHECKPOINT");
    }
    if (has_log()) throw CollectionFastPersistError(ErrorCode::io, name() + ": the checkpoint left a log behind");
  }
  log_is_private_ = false;
}

void LiveFile::copy(const std::function<void()>& checkpointed, const ByteSink& sink) {
  std::unique_lock turn(turn_);
  const std::lock_guard no_checkpoints(copying_);
  checkpoint_between_copies();
  checkpointed();
  const std::shared_lock lock(gate_);
  if (!instance_) throw closed_error(name());
  turn.unlock();
  instance_->copy(sink);
}

void LiveFile::look_after_log() {
  if (!std::exchange(log_is_private_, true)) make_private(path_);
  const std::uint64_t bytes = log_bytes(), limit = instance_->memory_limit_bytes();
  if (bytes < limit / 2) return;
  std::unique_lock between_copies(copying_, std::try_to_lock);
  if (!between_copies.owns_lock() && !CFP_MUTANT("checkpoint_what_is_copied")) {
    if (bytes < limit / 4 * 3) return;
    between_copies.lock();
  }
  checkpoint_between_copies();
}

void LiveFile::replace(const std::function<void()>& before_close,
                       const std::function<std::unique_ptr<Instance>()>& exchange) {
  const std::unique_lock lock(gate_);
  before_close();
  writer().run("CHECKPOINT");
  close_locked();
  instance_ = exchange();
  writer_.emplace(instance_->connect());
}

void LiveFile::without_readers(const std::function<void()>& step) {
  const std::unique_lock lock(gate_);
  step();
}

void LiveFile::close() {
  const std::unique_lock lock(gate_);
  close_locked();
}

bool LiveFile::is_closed() {
  const std::shared_lock lock(gate_);
  return instance_ == nullptr;
}

void LiveFile::close_locked() {
  {
    const std::lock_guard idle(idle_mutex_);
    idle_.clear();
  }
  writer_.reset();
  instance_.reset();
  log_is_private_ = false;
}

}  // namespace cfp::tables::duckdb
