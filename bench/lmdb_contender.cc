#include <lmdb.h>

#include <mutex>
#include <stdexcept>

#include "contender.h"

namespace cfp::bench {
namespace {

constexpr std::size_t kMostBytes = 16ULL << 30U;  // of address space

void check(int code) {
  if (code != MDB_SUCCESS) throw std::runtime_error(mdb_strerror(code));
}

MDB_val value_of(const std::string& text) {
  return {text.size(), const_cast<char*>(text.data())};  // which it does not write to
}

std::string_view text_of(const MDB_val& value) { return {static_cast<const char*>(value.mv_data), value.mv_size}; }

/// A transaction that ends without effect unless it is committed.
class Transaction {
 public:
  Transaction(MDB_env* environment, unsigned flags) {
    check(mdb_txn_begin(environment, nullptr, flags, &transaction_));
  }
  ~Transaction() {
    if (transaction_ != nullptr) mdb_txn_abort(transaction_);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() {
    MDB_txn* const ending = transaction_;
    transaction_ = nullptr;
    check(mdb_txn_commit(ending));
  }
  MDB_txn* operator*() const noexcept { return transaction_; }

 private:
  MDB_txn* transaction_ = nullptr;
};

class Lmdb final : public Contender {
 public:
  explicit Lmdb(const std::filesystem::path& directory) {
    check(mdb_env_create(&environment_));
    check(mdb_env_set_mapsize(environment_, kMostBytes));
    check(mdb_env_open(environment_, directory.c_str(), MDB_NOTLS, 0600));
    Transaction transaction(environment_, 0);
    check(mdb_dbi_open(*transaction, nullptr, MDB_CREATE, &database_));
    transaction.commit();
  }
  ~Lmdb() override {
    for (MDB_txn* const reader : idle_readers_) mdb_txn_abort(reader);
    mdb_env_close(environment_);
  }

  void store(const Item& item) override { store_all({&item, 1}); }
  void store_all(std::span<const Item> items) override {
    Transaction transaction(environment_, 0);
    for (const Item& item : items) {
      const std::string name = joined_name(item);
      MDB_val key = value_of(name), data = value_of(item.data.text());
      check(mdb_put(*transaction, database_, &key, &data, 0));
    }
    transaction.commit();
  }
  std::size_t read(const Item& item) override {
    const Reading reading(*this);
    const std::string name = joined_name(item);
    MDB_val key = value_of(name), data{};
    check(mdb_get(*reading, database_, &key, &data));
    return std::string(text_of(data)).size();  // what is pointed to goes with the transaction
  }
  std::uint64_t sum_counts(const Item& item) override {
    const Reading reading(*this);
    const std::string prefix = joined_collection(item);
    MDB_cursor* cursor = nullptr;
    check(mdb_cursor_open(*reading, database_, &cursor));
    const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> owner(cursor, mdb_cursor_close);
    std::uint64_t sum = 0;
    MDB_val key = value_of(prefix), data{};
    int code = mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE);
    for (; code == MDB_SUCCESS && text_of(key).starts_with(prefix);
         code = mdb_cursor_get(cursor, &key, &data, MDB_NEXT)) {
      sum += count_in(text_of(data));
    }
    if (code != MDB_SUCCESS && code != MDB_NOTFOUND) check(code);
    return sum;
  }

 private:
  /// A reading transaction, taken up again, as its documentation advises: to make one costs more than a read.
  class Reading {
   public:
    explicit Reading(Lmdb& store) : store_(store) {
      {
        const std::lock_guard lock(store_.mutex_);
        if (!store_.idle_readers_.empty()) {
          transaction_ = store_.idle_readers_.back();
          store_.idle_readers_.pop_back();
        }
      }
      check(transaction_ == nullptr ? mdb_txn_begin(store_.environment_, nullptr, MDB_RDONLY, &transaction_)
                                    : mdb_txn_renew(transaction_));
    }
    ~Reading() {
      mdb_txn_reset(transaction_);
      const std::lock_guard lock(store_.mutex_);
      store_.idle_readers_.push_back(transaction_);
    }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    MDB_txn* operator*() const noexcept { return transaction_; }

   private:
    Lmdb& store_;
    MDB_txn* transaction_ = nullptr;
  };

  MDB_env* environment_ = nullptr;
  MDB_dbi database_ = 0;
  std::mutex mutex_;
  std::vector<MDB_txn*> idle_readers_;
};

}  // namespace

Kind lmdb_kind() {
  return {"LMDB", [](const std::filesystem::path& directory) { return std::make_unique<Lmdb>(directory); }};
}

}  // namespace cfp::bench
