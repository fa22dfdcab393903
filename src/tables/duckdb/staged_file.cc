#include "tables/duckdb/staged_file.h"

#include <system_error>
#include <utility>

#include "cfp/error.h"
#include "tables/duckdb/file_replacement.h"
#include "tables/duckdb/table_file.h"

namespace cfp::tables::duckdb {
namespace {

namespace fs = std::filesystem;

class StagedFile final : public StagedTable {
 public:
  StagedFile(const fs::path& backup, fs::path file) : file_(std::move(file)) {
    check_regular(backup);
    make_replacement(backup, file_);
  }
  ~StagedFile() override {
    if (!is_in_place_) discard_replacement(file_);
  }
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  void put_in_place() override {
    check_absent(file_);
    set_aside_orphaned_logs(file_);
    duckdb::put_in_place(file_);
    is_in_place_ = true;
  }

 private:
  const fs::path file_;
  bool is_in_place_ = false;
};

}  // namespace

std::unique_ptr<StagedTable> stage_file(const fs::path& backup, const fs::path& file) {
  return std::make_unique<StagedFile>(backup, file);
}

bool is_there(const fs::path& file) {
  std::error_code cause;
  return fs::symlink_status(file, cause).type() != fs::file_type::not_found;
}

void check_absent(const fs::path& file) {
  if (!is_there(file)) return;
  throw CollectionFastPersistError(ErrorCode::foreign, file.filename().string() + " is there already; move it away");
}

}  // namespace cfp::tables::duckdb
